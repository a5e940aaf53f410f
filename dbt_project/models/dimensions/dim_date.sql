with

days as (

    {{ days_between(var('first_date'), var('last_date')) }}

),

bandcamp_fridays as (

    select * from {{ ref('bandcamp_fridays') }}

),

numbered as (

    select
        date_day,
        cast({{ iso_year('date_day') }} as {{ dbt.type_bigint() }}) as iso_year,
        cast({{ iso_week('date_day') }} as {{ dbt.type_bigint() }}) as iso_week,
        cast({{ iso_weekday('date_day') }} as {{ dbt.type_bigint() }}) as iso_weekday,
        cast(extract(year from date_day) as {{ dbt.type_bigint() }}) as year_number,
        cast(extract(quarter from date_day) as {{ dbt.type_bigint() }}) as quarter_number,
        cast(extract(month from date_day) as {{ dbt.type_bigint() }}) as month_number

    from days

),

final as (

    select
        numbered.date_day,
        numbered.year_number,
        numbered.quarter_number,
        numbered.month_number,
        numbered.iso_year,
        numbered.iso_week,
        {{ add_days('numbered.date_day', '1 - numbered.iso_weekday') }} as week_start,
        numbered.iso_weekday,
        case numbered.iso_weekday
            when 1 then 'Monday'
            when 2 then 'Tuesday'
            when 3 then 'Wednesday'
            when 4 then 'Thursday'
            when 5 then 'Friday'
            when 6 then 'Saturday'
            else 'Sunday'
        end as weekday_name,
        numbered.iso_weekday >= 6 as is_weekend,
        case
            when bandcamp_fridays.pacific_date is not null then bandcamp_fridays.is_waived
            when
                numbered.iso_weekday <> 5
                or numbered.date_day <= date '{{ var('bandcamp_fridays_complete_until') }}'
                then false
        end as is_bandcamp_friday

    from numbered
    left join bandcamp_fridays
        on numbered.date_day = bandcamp_fridays.pacific_date

)

select * from final
