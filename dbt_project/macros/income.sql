{#- What the richest so many percent of earners took, from the percentiles of `income_shares`. -#}
{% macro revenue_of_top(percent) -%}
    max(case when top_percent <= {{ percent }} then revenue_usd_up_to end)
{%- endmacro %}
