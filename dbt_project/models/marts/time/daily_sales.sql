with

sales as (

    select * from {{ ref('fct_sales') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

figures as (

    select
        sale_date,
        {{ sales_figures() }},
        count(distinct country) as countries,
        count(distinct artist_name) as artists,
        {{ sum_usd('case when is_bandcamp_friday then amount_paid_usd end') }} as bandcamp_friday_revenue_usd,
        {{ count_if('amount_paid_usd_is_estimated') }} as estimated_sales

    from sales
    group by sale_date

),

final as (

    select
        figures.sale_date,
        dates.week_start,
        dates.weekday_name,
        dates.is_weekend,
        dates.is_bandcamp_friday,
        figures.sales,
        figures.items,
        figures.revenue_usd,
        figures.asking_usd,
        figures.overpaid_usd,
        figures.average_sale_usd,
        figures.physical_sales,
        figures.physical_revenue_usd,
        {{ exact_ratio('figures.physical_sales', 'figures.sales', 24, 6) }} as physical_sales_share,
        figures.overpaid_sales,
        figures.name_your_price_sales,
        figures.countries,
        figures.artists,
        figures.bandcamp_friday_revenue_usd,
        figures.estimated_sales

    from figures
    left join dates
        on figures.sale_date = dates.date_day

)

select * from final
{{ stored_order('sale_date') }}
