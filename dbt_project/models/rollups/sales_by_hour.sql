with

sales as (

    select * from {{ ref('fct_sales') }}
    where {{ in_run_days('sale_date') }}

),

final as (

    select
        sale_date,
        {{ hour_at('transaction_date', 'UTC') }} as hour_of_day,
        is_bandcamp_friday,
        min(transaction_date) as first_sold_at,
        {{ sales_figures() }},
        {{ count_if('amount_paid_usd_is_estimated') }} as estimated_sales

    from sales
    group by
        sale_date,
        hour_of_day,
        is_bandcamp_friday

)

select
    sale_date,
    hour_of_day,
    is_bandcamp_friday,
    first_sold_at,
    sales,
    items,
    revenue_usd,
    asking_usd,
    overpaid_usd,
    physical_sales,
    physical_revenue_usd,
    overpaid_sales,
    name_your_price_sales,
    estimated_sales

from final
