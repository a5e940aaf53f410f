with

prices as (

    select * from {{ ref('sales_by_price') }}

),

single_items as (

    -- The price of a payment for several items is a total, not a price point.
    select * from prices
    where quantity = 1

),

figures as (

    select
        currency,
        item_price,
        {{ sum_count('sales') }} as sales,
        {{ sum_usd('sales * amount_paid_usd') }} as revenue_usd,
        {{ sum_usd('overpaid_usd') }} as overpaid_usd,
        {{ sum_count('case when is_overpaid then sales else 0 end') }} as overpaid_sales

    from single_items
    group by
        currency,
        item_price

),

final as (

    select
        currency,
        item_price,
        sales,
        revenue_usd,
        overpaid_usd,
        overpaid_sales,
        {{ share('overpaid_sales', 'sales') }} as overpaid_sales_share,
        row_number() over (partition by currency order by sales desc, item_price asc) as sales_rank

    from figures

)

select * from final
{{ stored_order('currency, item_price') }}
