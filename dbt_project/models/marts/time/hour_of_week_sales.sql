with

dates as (

    select * from {{ ref('dim_date') }}

),

hours as (

    select * from {{ ref('sales_by_hour') }}

),

weekdays as (

    select
        dates.iso_weekday,
        dates.weekday_name,
        count(distinct hours.sale_date) as days_observed

    from hours
    inner join dates
        on hours.sale_date = dates.date_day
    group by
        dates.iso_weekday,
        dates.weekday_name

),

summed as (

    select
        dates.iso_weekday,
        hours.hour_of_day,
        cast(sum(hours.sales) as {{ dbt.type_bigint() }}) as sales,
        cast(sum(hours.items) as {{ dbt.type_bigint() }}) as items,
        {{ sum_usd('hours.revenue_usd') }} as revenue_usd,
        {{ sum_usd('hours.overpaid_usd') }} as overpaid_usd

    from hours
    inner join dates
        on hours.sale_date = dates.date_day
    group by
        dates.iso_weekday,
        hours.hour_of_day

),

final as (

    select
        summed.iso_weekday,
        weekdays.weekday_name,
        summed.hour_of_day,
        weekdays.days_observed,
        summed.sales,
        summed.items,
        summed.revenue_usd,
        summed.overpaid_usd,
        {{ amount_per('summed.revenue_usd', 'weekdays.days_observed') }} as revenue_usd_per_day

    from summed
    inner join weekdays
        on summed.iso_weekday = weekdays.iso_weekday

)

select * from final
{{ stored_order('iso_weekday, hour_of_day') }}
