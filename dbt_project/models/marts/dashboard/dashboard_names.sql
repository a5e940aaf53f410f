with

artists as (

    select * from {{ ref('artist_sales') }}

),

sellers as (

    select * from {{ ref('seller_sales') }}

),

named as (

    select
        'artist' as seller_role,
        artist_name as seller_name,
        cast(1 as {{ dbt.type_bigint() }}) as artists,
        distinct_items,
        sales,
        revenue_usd,
        overpaid_usd

    from artists
    where artist_name is not null

    union all

    select
        'label' as seller_role,
        seller_host as seller_name,
        artists,
        distinct_items,
        sales,
        revenue_usd,
        overpaid_usd

    from sellers
    where seller_kind = 'label'

),

ranked as (

    select
        *,
        row_number() over (partition by seller_role order by revenue_usd desc, seller_name asc) as revenue_rank,
        row_number() over (order by revenue_usd desc, seller_role asc, seller_name asc) as place

    from named

),

final as (

    select
        seller_role,
        seller_name,
        artists,
        distinct_items,
        sales,
        revenue_usd,
        overpaid_usd,
        revenue_rank

    from ranked
    where place <= {{ var('dashboard_names') }}

)

select * from final
{{ stored_order('seller_role, seller_name') }}
