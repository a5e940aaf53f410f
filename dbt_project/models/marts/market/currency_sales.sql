with

segments as (

    select * from {{ ref('sales_by_segment') }}

),

figures as (

    select
        currency,
        {{ sums_of_figures() }},
        sum(amount_paid) as amount_paid,
        count(distinct country) as countries,
        {{ sum_count('estimated_sales') }} as estimated_sales

    from segments
    group by currency

),

total as (

    select {{ sum_usd('revenue_usd') }} as revenue_usd
    from figures

),

final as (

    select
        figures.currency,
        figures.sales,
        figures.items,
        cast(figures.amount_paid as {{ type_total() }}) as amount_paid,
        figures.revenue_usd,
        figures.asking_usd,
        figures.overpaid_usd,
        figures.average_sale_usd,
        {{ share('figures.revenue_usd', 'total.revenue_usd') }} as revenue_share,
        figures.overpaid_sales,
        figures.name_your_price_sales,
        figures.countries,
        figures.estimated_sales

    from figures
    cross join total

)

select * from final
{{ stored_order('revenue_usd desc, currency') }}
