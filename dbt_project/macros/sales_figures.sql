{#- The figures that every mart has, from single rows of `fct_sales`. Sums are exact decimals in USD. -#}
{% macro sales_figures() -%}
    count(*) as sales,
    cast(sum(quantity) as {{ dbt.type_bigint() }}) as items,
    {{ sum_usd('amount_paid_usd') }} as revenue_usd,
    {{ sum_usd('item_price_usd') }} as asking_usd,
    {{ sum_usd('amount_overpaid_usd') }} as overpaid_usd,
    {{ amount_per(sum_usd('amount_paid_usd'), 'count(*)') }} as average_sale_usd,
    {{ count_if('is_physical') }} as physical_sales,
    {{ sum_usd('case when is_physical then amount_paid_usd end') }} as physical_revenue_usd,
    {{ count_if('amount_paid > item_price') }} as overpaid_sales,
    {{ count_if('item_price = 0') }} as name_your_price_sales
{%- endmacro %}

{#- The same figures from the rows of a rollup. `is_physical` names its physical sales, or it has counted them. -#}
{% macro sums_of_figures(by_kind=true) -%}
    {{ sum_count('sales') }} as sales,
    {{ sum_count('items') }} as items,
    {{ sum_usd('revenue_usd') }} as revenue_usd,
    {{ sum_usd('asking_usd') }} as asking_usd,
    {{ sum_usd('overpaid_usd') }} as overpaid_usd,
    {{ amount_per(sum_usd('revenue_usd'), 'sum(sales)') }} as average_sale_usd,
    {{ sum_count('case when is_physical then sales else 0 end' if by_kind else 'physical_sales') }} as physical_sales,
    {{ sum_usd('case when is_physical then revenue_usd end' if by_kind else 'physical_revenue_usd') }} as physical_revenue_usd,
    {{ sum_count('overpaid_sales') }} as overpaid_sales,
    {{ sum_count('name_your_price_sales') }} as name_your_price_sales
{%- endmacro %}

{#- The sum of counts. -#}
{% macro sum_count(expression) -%}
    cast(sum({{ expression }}) as {{ dbt.type_bigint() }})
{%- endmacro %}

{% macro sum_usd(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as {{ type_total() }})
{%- endmacro %}

{% macro count_if(condition) -%}
    count(case when {{ condition }} then 1 end)
{%- endmacro %}

{#- A part of a whole, 0 to 1, to 6 decimals; null where the whole is 0. Both are counts or both are amounts. -#}
{% macro share(part, whole) -%}
    {{ exact_ratio(part, whole, 24, 6) }}
{%- endmacro %}

{#- A rate given as text, such as a var, as a decimal. -#}
{% macro rate(value) -%}
    cast('{{ value }}' as {{ type_rate() }})
{%- endmacro %}
