with

sellers as (

    select * from {{ ref('seller_sales') }}

),

total as (

    select {{ sum_usd('revenue_usd') }} as revenue_usd
    from sellers

),

kinds as (

    select
        seller_kind,
        has_own_domain,
        count(seller_host) as sellers,
        cast(sum(sales) as {{ dbt.type_bigint() }}) as sales,
        cast(sum(items) as {{ dbt.type_bigint() }}) as items,
        {{ sum_usd('revenue_usd') }} as revenue_usd,
        {{ sum_usd('overpaid_usd') }} as overpaid_usd,
        {{ sum_usd('physical_revenue_usd') }} as physical_revenue_usd

    from sellers
    group by
        seller_kind,
        has_own_domain

),

final as (

    select
        kinds.seller_kind,
        kinds.has_own_domain,
        kinds.sellers,
        kinds.sales,
        kinds.items,
        kinds.revenue_usd,
        kinds.overpaid_usd,
        kinds.physical_revenue_usd,
        {{ amount_per('kinds.revenue_usd', 'kinds.sellers') }} as revenue_usd_per_seller,
        {{ share('kinds.revenue_usd', 'total.revenue_usd') }} as revenue_share

    from kinds
    cross join total

)

select * from final
{{ stored_order('seller_kind, has_own_domain') }}
