with

sales as (

    select * from {{ ref('fct_sales') }}

),

figures as (

    select
        artist_name,
        {{ sales_figures() }},
        count(distinct url) as distinct_items,
        count(distinct country) as countries,
        min(sale_date) as first_sale_date,
        max(sale_date) as last_sale_date

    from sales
    group by artist_name

),

final as (

    select
        artist_name,
        sales,
        items,
        revenue_usd,
        asking_usd,
        overpaid_usd,
        average_sale_usd,
        physical_sales,
        physical_revenue_usd,
        overpaid_sales,
        {{ share('overpaid_sales', 'sales') }} as overpaid_sales_share,
        name_your_price_sales,
        distinct_items,
        countries,
        first_sale_date,
        last_sale_date,
        row_number() over (order by revenue_usd desc, coalesce(artist_name, '') asc) as revenue_rank

    from figures

)

select * from final
{{ stored_order('revenue_rank') }}
