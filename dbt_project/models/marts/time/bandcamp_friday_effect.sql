with

hours as (

    select * from {{ ref('pacific_hour_sales') }}

),

friday_hours as (

    select * from hours
    where is_bandcamp_friday

),

fridays as (

    select
        pacific_date,
        count(*) as hours_compared,
        cast(sum(sales) as {{ dbt.type_bigint() }}) as sales,
        {{ sum_usd('revenue_usd') }} as revenue_usd

    from friday_hours
    group by pacific_date

),

-- The same hours of every other day in the four weeks around: a Friday that is not over yet, or
-- that the data end in, is not set beside whole days.
other_days as (

    select
        friday_hours.pacific_date,
        hours.pacific_date as other_date,
        hours.iso_weekday,
        count(*) as hours_with_sales,
        sum(hours.sales) as sales,
        sum(hours.revenue_usd) as revenue_usd

    from friday_hours
    inner join hours
        on
            friday_hours.pacific_hour = hours.pacific_hour
            and not hours.is_bandcamp_friday
            and {{ days_apart('friday_hours.pacific_date', 'hours.pacific_date') }} <= 28
    group by
        friday_hours.pacific_date,
        hours.pacific_date,
        hours.iso_weekday

),

comparable_days as (

    select other_days.*
    from other_days
    inner join fridays
        on
            other_days.pacific_date = fridays.pacific_date
            and other_days.hours_with_sales = fridays.hours_compared

),

baselines as (

    select
        'other days' as baseline,
        pacific_date,
        sales,
        revenue_usd

    from comparable_days

    union all

    select
        'other Fridays' as baseline,
        pacific_date,
        sales,
        revenue_usd

    from comparable_days
    where iso_weekday = 5

),

summed as (

    select
        baseline,
        pacific_date,
        count(*) as days_compared,
        sum(sales) as sales,
        {{ sum_usd('revenue_usd') }} as revenue_usd

    from baselines
    group by
        baseline,
        pacific_date

),

final as (

    select
        fridays.pacific_date,
        summed.baseline,
        fridays.hours_compared,
        summed.days_compared,
        fridays.sales,
        fridays.revenue_usd,
        {{ exact_ratio('summed.sales', 'summed.days_compared', 24, 6) }} as average_sales,
        {{ amount_per('summed.revenue_usd', 'summed.days_compared') }} as average_revenue_usd,
        {{ exact_ratio('fridays.sales * summed.days_compared', 'summed.sales', 24, 6) }} as sales_ratio,
        {{ exact_ratio('fridays.revenue_usd * summed.days_compared', 'summed.revenue_usd', 24, 6) }} as revenue_ratio

    from fridays
    inner join summed
        on fridays.pacific_date = summed.pacific_date

)

select * from final
{{ stored_order('pacific_date, baseline') }}
