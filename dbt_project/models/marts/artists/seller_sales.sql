with

sales as (

    select * from {{ ref('fct_sales') }}

),

sales_with_host as (

    select
        *,
        {{ url_host('url') }} as seller_host,
        {{ first_dollars('amount_paid_usd') }} as first_dollars_usd

    from sales

),

figures as (

    select
        seller_host,
        {{ sales_figures() }},
        count(distinct artist_name) as artists,
        count(distinct url) as distinct_items,
        {{ sum_usd('case when is_bandcamp_friday and not is_physical then amount_paid_usd end') }}
            as digital_friday_revenue_usd,
        {{ sum_usd('case when is_bandcamp_friday and is_physical then amount_paid_usd end') }}
            as physical_friday_revenue_usd,
        {{ sum_usd('case when is_bandcamp_friday is null and not is_physical then amount_paid_usd end') }}
            as digital_unknown_friday_revenue_usd,
        {{ sum_usd('case when not is_physical then first_dollars_usd end') }} as digital_first_dollars_usd,
        {{ sum_usd('case when is_bandcamp_friday and not is_physical then first_dollars_usd end') }}
            as digital_friday_first_dollars_usd,
        {{ sum_usd('case when is_bandcamp_friday is null and not is_physical then first_dollars_usd end') }}
            as digital_unknown_friday_first_dollars_usd

    from sales_with_host
    group by seller_host

),

final as (

    select
        seller_host,
        coalesce(seller_host <> 'bandcamp.com' and seller_host not like '%.bandcamp.com', false) as has_own_domain,
        case
            when seller_host is null then 'unknown'
            when artists >= {{ var('label_artists') }} then 'label'
            else 'artist'
        end as seller_kind,
        artists,
        distinct_items,
        sales,
        items,
        revenue_usd,
        overpaid_usd,
        physical_sales,
        physical_revenue_usd,
        digital_friday_revenue_usd,
        physical_friday_revenue_usd,
        digital_unknown_friday_revenue_usd,
        digital_first_dollars_usd,
        digital_friday_first_dollars_usd,
        digital_unknown_friday_first_dollars_usd,
        row_number() over (order by revenue_usd desc, coalesce(seller_host, '') asc) as revenue_rank

    from figures

)

select * from final
{{ stored_order('revenue_rank') }}
