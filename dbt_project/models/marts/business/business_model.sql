with

segments as (

    select * from {{ ref('sales_by_segment') }}

),

revenues as (

    select
        item_type_label,
        is_physical,
        is_bandcamp_friday,
        {{ sum_count('sales') }} as sales,
        {{ sum_usd('revenue_usd') }} as revenue_usd,
        {{ charged_usd() }} as charged_usd

    from segments
    group by
        item_type_label,
        is_physical,
        is_bandcamp_friday

),

with_rates as (

    select
        *,
        case
            when is_bandcamp_friday then {{ rate('0') }}
            when is_physical then {{ rate(var('bandcamp_share_physical')) }}
            else {{ rate(var('bandcamp_share_digital')) }}
        end as bandcamp_share_rate,
        {{ rate(var('payment_fee')) }} as payment_fee_rate

    from revenues

),

estimated as (

    select
        *,
        {{ convert_total('charged_usd', 'bandcamp_share_rate') }} as bandcamp_usd,
        {{ convert_total('revenue_usd', 'payment_fee_rate') }} as payment_fees_usd

    from with_rates

),

final as (

    select
        item_type_label,
        is_physical,
        is_bandcamp_friday,
        sales,
        revenue_usd,
        charged_usd,
        bandcamp_share_rate,
        payment_fee_rate,
        bandcamp_usd,
        payment_fees_usd,
        cast(revenue_usd - bandcamp_usd - payment_fees_usd as {{ type_total() }}) as seller_usd,
        {{ share('(revenue_usd - bandcamp_usd - payment_fees_usd)', 'revenue_usd') }} as seller_share

    from estimated

)

select * from final
{{ stored_order('item_type_label, is_bandcamp_friday') }}
