with

sales as (

    select * from {{ ref('fct_sales') }}

),

dim_country as (

    select * from {{ ref('dim_country') }}

),

figures as (

    select
        country,
        {{ sales_figures() }},
        count(distinct artist_name) as artists

    from sales
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
        figures.artists,
        row_number() over (order by figures.revenue_usd desc, figures.country asc) as revenue_rank

    from figures
    left join dim_country
        on figures.country = dim_country.country

)

select * from final
{{ stored_order('revenue_rank') }}
