with

sales as (

    select * from {{ ref('fct_sales') }}

),

hours as (

    select
        {{ pacific_date('transaction_date') }} as pacific_date,
        {{ hour_at('transaction_date', 'America/Los_Angeles') }} as pacific_hour,
        is_bandcamp_friday,
        {{ sales_figures() }}

    from sales
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
