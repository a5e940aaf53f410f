{#-
    Quantiles from counted values, exact and alike in both warehouses: the smallest observed that so many percent of the
    sales do not exceed (nearest rank). `counted` has the columns of `by`, `observed` and `sales`; counting first keeps
    the sorting to the different values.
-#}
{% macro cumulated(counted, by) -%}
    select
        *,
        sum(sales) over (partition by {{ by }} order by observed) as sales_up_to,
        sum(sales) over (partition by {{ by }}) as sales_in_all

    from {{ counted }}
{%- endmacro %}

{% macro quantile(percent) -%}
    min(case when 100 * sales_up_to >= {{ percent }} * sales_in_all then observed end)
{%- endmacro %}
