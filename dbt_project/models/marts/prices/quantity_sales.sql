with

prices as (

    select * from {{ ref('sales_by_price') }}

),

figures as (

    select
        quantity,
        {{ sum_count('sales') }} as sales,
        {{ sum_count('sales * quantity') }} as items,
        {{ sum_usd('sales * amount_paid_usd') }} as revenue_usd,
        {{ sum_usd('overpaid_usd') }} as overpaid_usd,
        {{ sum_count('case when is_physical then sales else 0 end') }} as physical_sales

    from prices
    group by quantity

),

final as (

    select
        quantity,
        sales,
        items,
        revenue_usd,
        overpaid_usd,
        {{ amount_per('revenue_usd', 'sales') }} as average_sale_usd,
        {{ amount_per('revenue_usd', 'items') }} as average_item_usd,
        physical_sales

    from figures

)

select * from final
{{ stored_order('quantity') }}
