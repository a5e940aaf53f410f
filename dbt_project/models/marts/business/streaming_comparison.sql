with

business as (

    select * from {{ ref('business_model') }}

),

incomes as (

    select
        item_type_label,
        cast(sum(sales) as {{ dbt.type_bigint() }}) as sales,
        {{ sum_usd('seller_usd') }} as seller_usd

    from business
    group by item_type_label

    union all

    select
        'all' as item_type_label,
        cast(coalesce(sum(sales), 0) as {{ dbt.type_bigint() }}) as sales,
        {{ sum_usd('seller_usd') }} as seller_usd

    from business

),

payouts as (

    {% for payout in var('streaming_payouts_usd_per_1000') %}
    select cast({{ payout }} as {{ type_money() }}) as payout_usd_per_1000_streams
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

final as (

    select
        incomes.item_type_label,
        payouts.payout_usd_per_1000_streams,
        incomes.sales,
        incomes.seller_usd,
        {{ amount_per('incomes.seller_usd', 'incomes.sales') }} as seller_usd_per_sale,
        {{ decimal_from_integer(
            divide_half_up(
                integer_from_decimal('incomes.seller_usd', 2) ~ ' * ' ~ integer_literal(1000 * 10 ** 6),
                integer_from_decimal('payouts.payout_usd_per_1000_streams', 2) ~ ' * incomes.sales'
            ), 24, 6
        ) }} as streams_per_sale

    from incomes
    cross join payouts

)

select * from final
{{ stored_order('item_type_label, payout_usd_per_1000_streams') }}
