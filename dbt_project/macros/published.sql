{#- How others counted who published figures of the archive. -#}

{#- What pandas (since 2.0) reads as missing in a column of texts, unless it is told not to. -#}
{% macro is_missing_to_pandas(column) -%}
    ({{ column }} is null or {{ column }} in (
        '', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA',
        'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'
    ))
{%- endmacro %}

{#- Two figures of the sales that a condition holds of. -#}
{% macro count_and_sum_on(condition, suffix) -%}
    {{ count_if(condition) }} as sales_{{ suffix }},
    {{ sum_usd('case when ' ~ condition ~ ' then amount_paid_usd end') }} as revenue_usd_{{ suffix }}
{%- endmacro %}
