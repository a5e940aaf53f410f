{%- set dimensions = [
    'sale_date', 'country', 'item_type', 'item_type_label', 'is_physical', 'item_format', 'currency', 'price_band',
    'is_bandcamp_friday',
] -%}
with

sales as (

    select
        *,
        {{ price_band('item_price', 'item_price_usd') }} as price_band,
        {{ first_dollars('amount_paid_usd') }} as first_dollars_usd,
        item_price > 0 and amount_overpaid_usd is not null as is_priced

    from {{ ref('fct_sales') }}
    where {{ in_run_days('sale_date') }}

),

final as (

    select
        {{ dimensions | join(',\n        ') }},
        count(*) as sales,
        cast(sum(quantity) as {{ dbt.type_bigint() }}) as items,
        {{ sum_usd('amount_paid') }} as amount_paid,
        {{ sum_usd('amount_paid_usd') }} as revenue_usd,
        {{ sum_usd('item_price_usd') }} as asking_usd,
        {{ sum_usd('amount_overpaid_usd') }} as overpaid_usd,
        {{ sum_usd('first_dollars_usd') }} as first_dollars_usd,
        {{ count_if('amount_paid > item_price') }} as overpaid_sales,
        {{ count_if('item_price = 0') }} as name_your_price_sales,
        {{ count_if('amount_paid_usd_is_estimated') }} as estimated_sales,
        {{ count_if('is_priced') }} as priced_sales,
        {{ sum_usd('case when is_priced then amount_paid_usd end') }} as priced_revenue_usd

    from sales
    group by
        {{ dimensions | join(',\n        ') }}

)

select * from final
