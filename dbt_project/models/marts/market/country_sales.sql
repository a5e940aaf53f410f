with

segments as (

    select * from {{ ref('sales_by_segment') }}

),

-- Names of artists are in no rollup: almost every sale of a day has another one.
artists as (

    select
        country,
        count(distinct artist_name) as artists

    from {{ ref('fct_sales') }}
    group by country

),

dim_country as (

    select * from {{ ref('dim_country') }}

),

figures as (

    select
        country,
        {{ sums_of_figures() }}

    from segments
    group by country

),

final as (

    select
        figures.country,
        dim_country.country_code,
        dim_country.country_code_alpha_3,
        dim_country.country_code_numeric,
        figures.sales,
        figures.items,
        figures.revenue_usd,
        figures.asking_usd,
        figures.overpaid_usd,
        figures.average_sale_usd,
        figures.physical_sales,
        figures.physical_revenue_usd,
        figures.overpaid_sales,
        figures.name_your_price_sales,
        artists.artists,
        row_number() over (order by figures.revenue_usd desc, figures.country asc) as revenue_rank

    from figures
    left join artists
        on figures.country = artists.country
    left join dim_country
        on figures.country = dim_country.country

)

select * from final
{{ stored_order('revenue_rank') }}
