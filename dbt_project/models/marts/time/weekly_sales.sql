with

days as (

    select * from {{ ref('daily_sales') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

summed as (

    select
        week_start,
        count(*) as days_with_sales,
        cast(sum(sales) as {{ dbt.type_bigint() }}) as sales,
        cast(sum(items) as {{ dbt.type_bigint() }}) as items,
        {{ sum_usd('revenue_usd') }} as revenue_usd,
        {{ sum_usd('asking_usd') }} as asking_usd,
        {{ sum_usd('overpaid_usd') }} as overpaid_usd,
        cast(sum(physical_sales) as {{ dbt.type_bigint() }}) as physical_sales,
        {{ sum_usd('physical_revenue_usd') }} as physical_revenue_usd,
        {{ sum_usd('bandcamp_friday_revenue_usd') }} as bandcamp_friday_revenue_usd

    from days
    group by week_start

),

final as (

    select
        summed.week_start,
        dates.iso_year,
        dates.iso_week,
        summed.days_with_sales,
        summed.sales,
        summed.items,
        summed.revenue_usd,
        summed.asking_usd,
        summed.overpaid_usd,
        {{ amount_per('summed.revenue_usd', 'summed.sales') }} as average_sale_usd,
        summed.physical_sales,
        summed.physical_revenue_usd,
        summed.bandcamp_friday_revenue_usd

    from summed
    left join dates
        on summed.week_start = dates.date_day

)

select * from final
{{ stored_order('week_start') }}
