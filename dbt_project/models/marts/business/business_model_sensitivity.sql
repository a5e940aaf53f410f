with

sellers as (

    select
        *,
        seller_host is not null and revenue_usd >= {{ var('reduced_share_from_usd') }} as has_reduced_share

    from {{ ref('seller_sales') }}

),

revenues as (

    select
        {{ sum_usd('revenue_usd') }} as revenue_usd,
        {{ sum_usd('revenue_usd - physical_revenue_usd') }} as digital_usd,
        {{ sum_usd('digital_friday_revenue_usd') }} as digital_friday_usd,
        {{ sum_usd('physical_revenue_usd') }} as physical_usd,
        {{ sum_usd('physical_friday_revenue_usd') }} as physical_friday_usd,
        {{ sum_usd('case when has_reduced_share then revenue_usd - physical_revenue_usd end') }} as reduced_digital_usd,
        {{ sum_usd('case when has_reduced_share then digital_friday_revenue_usd end') }} as reduced_digital_friday_usd

    from sellers

),

digital_terms as (

    select 'full share for all' as digital_terms
    union all
    select 'reduced share for sellers past the limit' as digital_terms
    union all
    select 'reduced share for all' as digital_terms

),

waivers as (

    select true as waives_fridays
    union all
    select false as waives_fridays

),

payment_fees as (

    {% for fee in var('payment_fees_compared') %}
    select {{ rate(fee) }} as payment_fee_rate
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

scenarios as (

    select
        digital_terms.digital_terms,
        waivers.waives_fridays,
        payment_fees.payment_fee_rate,
        revenues.revenue_usd,
        case
            when waivers.waives_fridays then revenues.digital_usd - revenues.digital_friday_usd
            else revenues.digital_usd
        end as digital_usd,
        case
            when waivers.waives_fridays then revenues.physical_usd - revenues.physical_friday_usd
            else revenues.physical_usd
        end as physical_usd,
        case
            when digital_terms.digital_terms = 'full share for all' then 0
            when digital_terms.digital_terms = 'reduced share for all' and waivers.waives_fridays
                then revenues.digital_usd - revenues.digital_friday_usd
            when digital_terms.digital_terms = 'reduced share for all' then revenues.digital_usd
            when waivers.waives_fridays then revenues.reduced_digital_usd - revenues.reduced_digital_friday_usd
            else revenues.reduced_digital_usd
        end as reduced_usd

    from revenues
    cross join digital_terms
    cross join waivers
    cross join payment_fees

),

with_rates as (

    select
        *,
        {{ rate(var('bandcamp_share_digital')) }} as full_rate,
        {{ rate(var('bandcamp_share_digital_reduced')) }} as reduced_rate,
        {{ rate(var('bandcamp_share_physical')) }} as physical_rate

    from scenarios

),

estimated as (

    select
        *,
        {{ convert_total('(digital_usd - reduced_usd)', 'full_rate') }}
        + {{ convert_total('reduced_usd', 'reduced_rate') }}
        + {{ convert_total('physical_usd', 'physical_rate') }} as bandcamp_usd,
        {{ convert_total('revenue_usd', 'payment_fee_rate') }} as payment_fees_usd

    from with_rates

),

final as (

    select
        digital_terms,
        waives_fridays,
        payment_fee_rate,
        revenue_usd,
        cast(bandcamp_usd as {{ type_total() }}) as bandcamp_usd,
        payment_fees_usd,
        cast(revenue_usd - bandcamp_usd - payment_fees_usd as {{ type_total() }}) as seller_usd,
        {{ share('bandcamp_usd', 'revenue_usd') }} as bandcamp_share,
        {{ share('(revenue_usd - bandcamp_usd - payment_fees_usd)', 'revenue_usd') }} as seller_share

    from estimated

)

select * from final
{{ stored_order('digital_terms, waives_fridays, payment_fee_rate') }}
