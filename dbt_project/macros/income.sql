{#- What the richest so many percent of earners took, from the percentiles of `income_shares`. -#}
{% macro revenue_of_top(percent) -%}
    max(case when top_percent <= {{ percent }} then revenue_usd_up_to end)
{%- endmacro %}

{#- The part of a sale that Bandcamp takes its share of, where it is not waived: the first so many US dollars. -#}
{% macro first_dollars(amount) -%}
    case
        when {{ amount }} > {{ share_limit() }} then {{ share_limit() }}
        else {{ amount }}
    end
{%- endmacro %}

{% macro share_limit() -%}
    cast('{{ var('bandcamp_share_up_to_usd') }}' as {{ type_money() }})
{%- endmacro %}

{#- What the share is taken of, over rows of `sales_by_segment`: nothing while it is waived. -#}
{% macro charged_usd() -%}
    {{ sum_usd('case when not coalesce(is_bandcamp_friday, false) then first_dollars_usd end') }}
{%- endmacro %}
