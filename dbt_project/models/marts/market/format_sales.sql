with

segments as (

    select * from {{ ref('sales_by_segment') }}

),

figures as (

    select
        item_format,
        is_physical,
        {{ sums_of_figures() }}

    from segments
    group by
        item_format,
        is_physical

),

total as (

    select
        sum(sales) as sales,
        {{ sum_usd('revenue_usd') }} as revenue_usd

    from figures

),

final as (

    select
        figures.item_format,
        figures.is_physical,
        figures.sales,
        figures.items,
        figures.revenue_usd,
        figures.asking_usd,
        figures.overpaid_usd,
        figures.average_sale_usd,
        {{ share('figures.sales', 'total.sales') }} as sales_share,
        {{ share('figures.revenue_usd', 'total.revenue_usd') }} as revenue_share,
        figures.overpaid_sales,
        figures.name_your_price_sales

    from figures
    cross join total

)

select * from final
{{ stored_order('revenue_usd desc, item_format') }}
