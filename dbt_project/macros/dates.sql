{#- Dates where the warehouses differ. Weeks are ISO 8601: from Monday, numbered by their Thursday. -#}
{% macro utc_date(timestamp) -%}
    {{ return(adapter.dispatch('date_at', 'bandcamp')(timestamp, 'UTC')) }}
{%- endmacro %}

{#-
    The day (UTC) of the time that a sale's `_id` begins with: ten digits of seconds, then a point or `&`. Null for
    anything else.
-#}
{% macro key_date(key) -%}
    {{ return(adapter.dispatch('key_date', 'bandcamp')(key)) }}
{%- endmacro %}

{% macro default__key_date(key) -%}
    case
        when substr({{ key }}, 11, 1) in ('.', '&')
            then date '1970-01-01' + cast(try_cast(left({{ key }}, 10) as bigint) // 86400 as integer)
    end
{%- endmacro %}

{% macro bigquery__key_date(key) -%}
    case
        when substr({{ key }}, 11, 1) in ('.', '&')
            then date_from_unix_date(div(safe_cast(left({{ key }}, 10) as int64), 86400))
    end
{%- endmacro %}

{#- Bandcamp Fridays run from midnight to midnight there. -#}
{% macro pacific_date(timestamp) -%}
    {{ return(adapter.dispatch('date_at', 'bandcamp')(timestamp, 'America/Los_Angeles')) }}
{%- endmacro %}

{% macro default__date_at(timestamp, time_zone) -%}
    cast({{ timestamp }} at time zone '{{ time_zone }}' as date)
{%- endmacro %}

{% macro bigquery__date_at(timestamp, time_zone) -%}
    date({{ timestamp }}, '{{ time_zone }}')
{%- endmacro %}

{#- One row a day, column `date_day`, the last day included. -#}
{% macro days_between(first_date, last_date) -%}
    {{ return(adapter.dispatch('days_between', 'bandcamp')(first_date, last_date)) }}
{%- endmacro %}

{% macro default__days_between(first_date, last_date) -%}
    select cast(unnest(generate_series(date '{{ first_date }}', date '{{ last_date }}', interval 1 day)) as date) as date_day
{%- endmacro %}

{% macro bigquery__days_between(first_date, last_date) -%}
    select date_day from unnest(generate_date_array(date '{{ first_date }}', date '{{ last_date }}')) as date_day
{%- endmacro %}

{#- 1 is Monday, 7 is Sunday. -#}
{% macro iso_weekday(date) -%}
    {{ return(adapter.dispatch('iso_weekday', 'bandcamp')(date)) }}
{%- endmacro %}

{% macro default__iso_weekday(date) -%}
    isodow({{ date }})
{%- endmacro %}

{% macro bigquery__iso_weekday(date) -%}
    mod(extract(dayofweek from {{ date }}) + 5, 7) + 1
{%- endmacro %}

{% macro iso_week(date) -%}
    {{ return(adapter.dispatch('iso_week', 'bandcamp')(date)) }}
{%- endmacro %}

{% macro default__iso_week(date) -%}
    week({{ date }})
{%- endmacro %}

{% macro bigquery__iso_week(date) -%}
    extract(isoweek from {{ date }})
{%- endmacro %}

{% macro iso_year(date) -%}
    {{ return(adapter.dispatch('iso_year', 'bandcamp')(date)) }}
{%- endmacro %}

{% macro default__iso_year(date) -%}
    isoyear({{ date }})
{%- endmacro %}

{% macro bigquery__iso_year(date) -%}
    extract(isoyear from {{ date }})
{%- endmacro %}

{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days', 'bandcamp')(date, days)) }}
{%- endmacro %}

{% macro default__add_days(date, days) -%}
    {{ date }} + cast({{ days }} as integer)
{%- endmacro %}

{% macro bigquery__add_days(date, days) -%}
    date_add({{ date }}, interval ({{ days }}) day)
{%- endmacro %}

{% macro days_apart(one, other) -%}
    {{ return(adapter.dispatch('days_apart', 'bandcamp')(one, other)) }}
{%- endmacro %}

{% macro default__days_apart(one, other) -%}
    abs({{ one }} - {{ other }})
{%- endmacro %}

{% macro bigquery__days_apart(one, other) -%}
    abs(date_diff({{ one }}, {{ other }}, day))
{%- endmacro %}

{#- Hour of the day there, 0 to 23. -#}
{% macro hour_at(timestamp, time_zone) -%}
    cast(extract(hour from {{ timestamp }} at time zone '{{ time_zone }}') as {{ dbt.type_bigint() }})
{%- endmacro %}

{% macro first_of_month(date) -%}
    {{ add_days(date, '1 - extract(day from ' ~ date ~ ')') }}
{%- endmacro %}

{% macro first_of_year(date) -%}
    cast(concat(cast(extract(year from {{ date }}) as {{ dbt.type_string() }}), '-01-01') as date)
{%- endmacro %}
