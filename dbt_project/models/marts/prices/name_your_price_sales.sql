with

prices as (

    select * from {{ ref('sales_by_price') }}

),

free_sales as (

    select
        item_type_label,
        -- In the currency of the seller: a small payment may be worth 0.00 US dollars.
        is_overpaid as is_paying,
        amount_paid_usd as observed,
        sum(sales) as sales

    from prices
    where
        item_price = 0
        and amount_paid_usd is not null
    group by
        item_type_label,
        is_paying,
        observed

),

counted as (

    select * from free_sales

    union all

    select
        'all' as item_type_label,
        is_paying,
        observed,
        sum(sales) as sales

    from free_sales
    group by
        is_paying,
        observed

),

totals as (

    select
        item_type_label,
        cast(sum(sales) as {{ dbt.type_bigint() }}) as sales,
        cast(sum(case when is_paying then sales else 0 end) as {{ dbt.type_bigint() }}) as paying_sales,
        {{ sum_usd('observed * sales') }} as revenue_usd

    from counted
    group by item_type_label

),

paying as (

    select * from counted
    where is_paying

),

cumulated as (

    {{ cumulated('paying', by='item_type_label') }}

),

quantiles as (

    select
        item_type_label,
        {{ quantile(10) }} as paid_usd_p10,
        {{ quantile(25) }} as paid_usd_p25,
        {{ quantile(50) }} as paid_usd_median,
        {{ quantile(75) }} as paid_usd_p75,
        {{ quantile(90) }} as paid_usd_p90,
        {{ quantile(99) }} as paid_usd_p99,
        max(observed) as paid_usd_max

    from cumulated
    group by item_type_label

),

final as (

    select
        totals.item_type_label,
        totals.sales,
        totals.paying_sales,
        {{ share('totals.paying_sales', 'totals.sales') }} as paying_sales_share,
        totals.revenue_usd,
        {{ amount_per('totals.revenue_usd', 'totals.paying_sales') }} as paid_usd_average,
        quantiles.paid_usd_p10,
        quantiles.paid_usd_p25,
        quantiles.paid_usd_median,
        quantiles.paid_usd_p75,
        quantiles.paid_usd_p90,
        quantiles.paid_usd_p99,
        quantiles.paid_usd_max

    from totals
    left join quantiles
        on totals.item_type_label = quantiles.item_type_label

)

select * from final
{{ stored_order('sales desc, item_type_label') }}
