{#-
    Exact arithmetic on money: whole numbers inside, decimals outside, halves rounded up, never a float.

    (Dividing decimals gives a double in DuckDB and rounds at the ninth decimal in BigQuery.) The whole numbers
    have up to 37 digits: HUGEINT in DuckDB, BIGNUMERIC in BigQuery, which has room for 38 before the point.
    Amounts have 2 decimals, rates 9. All of them are zero or more; a divisor of zero gives null.
    A result too large for its decimal type is null rather than the end of the run.

    An amount is that of one sale, and below ten billion, delivered (contract/codes.py) or worked out. A total is a sum
    of amounts: of a hundred million sales at most 10^18. Sums, and products of totals and numbers of sales, have room
    for that everywhere; so no row that was let in can stop a mart.
-#}
{% macro type_money() -%}
    {{ type_decimal(18, 2) }}
{%- endmacro %}

{#- A sum of amounts, or an average over them. -#}
{% macro type_total() -%}
    {{ type_decimal(24, 2) }}
{%- endmacro %}

{% macro type_rate() -%}
    {{ type_decimal(18, 9) }}
{%- endmacro %}

{#- A decimal type as a cast takes it. BigQuery has its digits stand in the columns of a table and nowhere else. -#}
{% macro type_decimal(digits, decimals) -%}
    {{ return(adapter.dispatch('type_decimal', 'bandcamp')(digits, decimals)) }}
{%- endmacro %}

{% macro default__type_decimal(digits, decimals) -%}
    decimal({{ digits }}, {{ decimals }})
{%- endmacro %}

{% macro bigquery__type_decimal(digits, decimals) -%}
    numeric
{%- endmacro %}

{#- amount × numerator / denominator in whole cents; all three are amounts. Null from ten billion on. -#}
{% macro scale_amount(amount, numerator, denominator) -%}
    {{ _amount_from_cents(
        divide_half_up(
            integer_from_decimal(amount, 2) ~ ' * ' ~ integer_from_decimal(numerator, 2),
            integer_from_decimal(denominator, 2)
        )
    ) }}
{%- endmacro %}

{#- amount × rate in whole cents. Null from ten billion on. -#}
{% macro convert_amount(amount, rate) -%}
    {{ _amount_from_cents(_cents_at_rate(amount, rate)) }}
{%- endmacro %}

{#- total × rate in whole cents. -#}
{% macro convert_total(total, rate) -%}
    {{ decimal_from_integer(_cents_at_rate(total, rate), 24, 2) }}
{%- endmacro %}

{#- total / count in whole cents; count is a whole number. -#}
{% macro amount_per(total, count) -%}
    {{ decimal_from_integer(
        divide_half_up(integer_from_decimal(total, 2), integer_from_decimal(count, 0)), 24, 2
    ) }}
{%- endmacro %}

{% macro _cents_at_rate(amount, rate) -%}
    {{ divide_half_up(
        integer_from_decimal(amount, 2) ~ ' * ' ~ integer_from_decimal(rate, 9),
        integer_literal(1000000000)
    ) }}
{%- endmacro %}

{% macro _amount_from_cents(cents) -%}
    cast({{ decimal_from_integer(cents, 12, 2) }} as {{ type_money() }})
{%- endmacro %}

{#- numerator / denominator in a decimal of so many digits, `decimals` of them behind the point; both have 2 decimals or none. -#}
{% macro exact_ratio(numerator, denominator, digits, decimals) -%}
    {{ decimal_from_integer(
        divide_half_up(
            integer_from_decimal(numerator, 2) ~ ' * ' ~ integer_literal(10 ** decimals),
            integer_from_decimal(denominator, 2)
        ), digits, decimals
    ) }}
{%- endmacro %}

{% macro divide_half_up(numerator, denominator) -%}
    {{ return(adapter.dispatch('divide_half_up', 'bandcamp')(numerator, denominator)) }}
{%- endmacro %}

{% macro default__divide_half_up(numerator, denominator) -%}
    (2 * {{ numerator }} + {{ denominator }}) // nullif(2 * {{ denominator }}, 0)
{%- endmacro %}

{% macro bigquery__divide_half_up(numerator, denominator) -%}
    div(2 * {{ numerator }} + {{ denominator }}, nullif(2 * {{ denominator }}, 0))
{%- endmacro %}

{% macro integer_from_decimal(expression, decimals) -%}
    {{ return(adapter.dispatch('integer_from_decimal', 'bandcamp')(expression, decimals)) }}
{%- endmacro %}

{% macro default__integer_from_decimal(expression, decimals) -%}
    cast(cast({{ expression }} as decimal(38, {{ decimals }})) * {{ 10 ** decimals }} as hugeint)
{%- endmacro %}

{% macro bigquery__integer_from_decimal(expression, decimals) -%}
    cast({{ expression }} * {{ 10 ** decimals }} as bignumeric)
{%- endmacro %}

{% macro integer_literal(number) -%}
    {{ return(adapter.dispatch('integer_literal', 'bandcamp')(number)) }}
{%- endmacro %}

{% macro default__integer_literal(number) -%}
    cast({{ number }} as hugeint)
{%- endmacro %}

{% macro bigquery__integer_literal(number) -%}
    cast({{ number }} as bignumeric)
{%- endmacro %}

{#- The last `decimals` digits of a whole number go behind the point; null if it has more than `digits`. -#}
{% macro decimal_from_integer(expression, digits, decimals) -%}
    {{ return(adapter.dispatch('decimal_from_integer', 'bandcamp')(expression, digits, decimals)) }}
{%- endmacro %}

{% macro default__decimal_from_integer(expression, digits, decimals) -%}
    try_cast(cast({{ expression }} as decimal(38, 0)) * {{ one_behind_the_point(decimals) }} as {{ type_decimal(digits, decimals) }})
{%- endmacro %}

{#- `safe_cast` would let through what NUMERIC holds, which is more than the column does. -#}
{% macro bigquery__decimal_from_integer(expression, digits, decimals) -%}
    {%- set too_large = "bignumeric '1" ~ '0' * digits ~ "'" -%}
    cast(nullif(least({{ expression }}, {{ too_large }}), {{ too_large }}) * bignumeric '{{ one_behind_the_point(decimals) }}' as numeric)
{%- endmacro %}

{% macro one_behind_the_point(decimals) -%}
    0.{{ '0' * (decimals - 1) }}1
{%- endmacro %}

{#- The whole part of a quotient of whole numbers that are zero or more; null for a divisor of zero. -#}
{% macro floor_divide(numerator, denominator) -%}
    {{ return(adapter.dispatch('floor_divide', 'bandcamp')(numerator, denominator)) }}
{%- endmacro %}

{% macro default__floor_divide(numerator, denominator) -%}
    ({{ numerator }}) // nullif({{ denominator }}, 0)
{%- endmacro %}

{% macro bigquery__floor_divide(numerator, denominator) -%}
    div({{ numerator }}, nullif({{ denominator }}, 0))
{%- endmacro %}

{#- The whole numbers from `first` to `last` as rows of one column. -#}
{% macro integers(first, last, column) -%}
    {%- for number in range(first, last + 1) -%}
        select {{ number }} as {{ column }}{{ ' union all ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
