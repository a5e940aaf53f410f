with

sales as (

    select * from {{ ref('fct_sales') }}

),

figures as (

    select
        quantity,
        {{ sales_figures() }}

    from sales
    group by quantity

),

final as (

    select
        quantity,
        sales,
        items,
        revenue_usd,
        overpaid_usd,
        average_sale_usd,
        {{ amount_per('revenue_usd', 'items') }} as average_item_usd,
        physical_sales

    from figures

)

select * from final
{{ stored_order('quantity') }}
