with

utc_hours as (

    select * from {{ ref('sales_by_hour') }}

),

hours as (

    select
        -- Both time zones begin their hours together, so any time of an hour tells the other's hour.
        {{ pacific_date('first_sold_at') }} as pacific_date,
        {{ hour_at('first_sold_at', 'America/Los_Angeles') }} as pacific_hour,
        is_bandcamp_friday,
        {{ sums_of_figures(by_kind=false) }}

    from utc_hours
    group by
        pacific_date,
        pacific_hour,
        is_bandcamp_friday

),

final as (

    select
        pacific_date,
        pacific_hour,
        {{ iso_weekday('pacific_date') }} as iso_weekday,
        is_bandcamp_friday,
        sales,
        items,
        revenue_usd,
        overpaid_usd,
        physical_revenue_usd

    from hours

)

select * from final
{{ stored_order('pacific_date, pacific_hour') }}
