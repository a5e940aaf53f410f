{#-
    Exact arithmetic on money: whole numbers inside, decimals outside, halves rounded up, never a float.

    (Dividing decimals gives a double in DuckDB and rounds halves differently in BigQuery.)
    Amounts have 2 decimals, rates 9. All of them are zero or more; a divisor of zero gives null.
    A result too large for its decimal type is null rather than the end of the run.
-#}
{% macro type_money() -%}
    decimal(18, 2)
{%- endmacro %}

{% macro type_rate() -%}
    decimal(18, 9)
{%- endmacro %}

{% macro type_ratio() -%}
    decimal(24, 6)
{%- endmacro %}

{#- amount × numerator / denominator in whole cents; all three are amounts. -#}
{% macro scale_amount(amount, numerator, denominator) -%}
    {{ decimal_from_integer(
        divide_half_up(
            integer_from_decimal(amount, 2) ~ ' * ' ~ integer_from_decimal(numerator, 2),
            integer_from_decimal(denominator, 2)
        ), 2, type_money()
    ) }}
{%- endmacro %}

{#- amount × rate in whole cents. -#}
{% macro convert_amount(amount, rate) -%}
    {{ decimal_from_integer(
        divide_half_up(
            integer_from_decimal(amount, 2) ~ ' * ' ~ integer_from_decimal(rate, 9),
            integer_literal(1000000000)
        ), 2, type_money()
    ) }}
{%- endmacro %}

{#- amount / count in whole cents; count is a whole number. -#}
{% macro amount_per(amount, count) -%}
    {{ decimal_from_integer(
        divide_half_up(integer_from_decimal(amount, 2), integer_from_decimal(count, 0)), 2, type_money()
    ) }}
{%- endmacro %}

{#- numerator / denominator to `decimals` places; both have 2 decimals or none. -#}
{% macro exact_ratio(numerator, denominator, decimals, type) -%}
    {{ decimal_from_integer(
        divide_half_up(
            integer_from_decimal(numerator, 2) ~ ' * ' ~ integer_literal(10 ** decimals),
            integer_from_decimal(denominator, 2)
        ), decimals, type
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
    cast({{ expression }} as bignumeric) * {{ 10 ** decimals }}
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

{% macro decimal_from_integer(expression, decimals, type) -%}
    {{ return(adapter.dispatch('decimal_from_integer', 'bandcamp')(expression, decimals, type)) }}
{%- endmacro %}

{% macro default__decimal_from_integer(expression, decimals, type) -%}
    try_cast(cast({{ expression }} as decimal(38, 0)) * {{ '0.' ~ '0' * (decimals - 1) ~ '1' }} as {{ type }})
{%- endmacro %}

{% macro bigquery__decimal_from_integer(expression, decimals, type) -%}
    safe_cast(({{ expression }}) / {{ 10 ** decimals }} as {{ type }})
{%- endmacro %}
