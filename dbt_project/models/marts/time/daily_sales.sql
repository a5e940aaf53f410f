with

hours as (

    select * from {{ ref('sales_by_hour') }}

),

countries as (

    select
        sale_date,
        count(distinct country) as countries

    from {{ ref('sales_by_segment') }}
    group by sale_date

),

artists as (

    select
        sale_date,
        count(distinct artist_name) as artists

    from {{ ref('fct_sales') }}
    group by sale_date

),

dates as (

    select * from {{ ref('dim_date') }}

),

figures as (

    select
        sale_date,
        {{ sums_of_figures(by_kind=false) }},
        {{ sum_usd('case when is_bandcamp_friday then revenue_usd end') }} as bandcamp_friday_revenue_usd,
        {{ sum_count('estimated_sales') }} as estimated_sales

    from hours
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
        countries.countries,
        artists.artists,
        figures.bandcamp_friday_revenue_usd,
        figures.estimated_sales

    from figures
    inner join countries
        on figures.sale_date = countries.sale_date
    inner join artists
        on figures.sale_date = artists.sale_date
    left join dates
        on figures.sale_date = dates.date_day

)

select * from final
{{ stored_order('sale_date') }}
