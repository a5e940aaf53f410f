with

prices as (

    select * from {{ ref('sales_by_price') }}

),

bands as (

    select
        {{ band_from('amount_paid_usd') }} as from_usd,
        {{ sum_count('sales') }} as sales,
        {{ sum_count('sales * quantity') }} as items,
        {{ sum_usd('sales * amount_paid_usd') }} as revenue_usd

    from prices
    group by from_usd

),

total as (

    select
        sum(sales) as sales,
        {{ sum_usd('revenue_usd') }} as revenue_usd

    from bands

),

cumulated as (

    select
        *,
        -- Amounts without a value in US dollars come last.
        sum(sales) over (order by coalesce(from_usd, 1000000)) as sales_up_to

    from bands

),

final as (

    select
        coalesce({{ band_name('cumulated.from_usd') }}, 'unknown') as amount_band,
        cumulated.from_usd,
        cumulated.sales,
        cumulated.items,
        cumulated.revenue_usd,
        {{ share('cumulated.sales', 'total.sales') }} as sales_share,
        {{ share('cumulated.sales_up_to', 'total.sales') }} as cumulative_sales_share,
        {{ share('cumulated.revenue_usd', 'total.revenue_usd') }} as revenue_share

    from cumulated
    cross join total

)

select * from final
{{ stored_order('from_usd') }}
