with

segments as (

    select * from {{ ref('sales_by_segment') }}

),

totals as (

    select
        is_physical,
        case
            when is_bandcamp_friday then 'Bandcamp Friday'
            when is_bandcamp_friday is null then 'not known'
            else 'ordinary'
        end as day_kind,
        {{ sum_usd('revenue_usd') }} as revenue_usd,
        {{ sum_usd('first_dollars_usd') }} as first_dollars_usd

    from segments
    group by
        is_physical,
        day_kind

),

sellers_past_the_limit as (

    select
        {{ sum_usd('revenue_usd - physical_revenue_usd') }} as digital_revenue_usd,
        {{ sum_usd('digital_first_dollars_usd') }} as digital_first_dollars_usd,
        {{ sum_usd('digital_friday_revenue_usd') }} as friday_revenue_usd,
        {{ sum_usd('digital_friday_first_dollars_usd') }} as friday_first_dollars_usd,
        {{ sum_usd('digital_unknown_friday_revenue_usd') }} as unknown_revenue_usd,
        {{ sum_usd('digital_unknown_friday_first_dollars_usd') }} as unknown_first_dollars_usd

    from {{ ref('seller_sales') }}
    where
        seller_host is not null
        and revenue_usd >= {{ var('reduced_share_from_usd') }}

),

-- The digital sales of those sellers.
reduced as (

    select
        'Bandcamp Friday' as day_kind,
        friday_revenue_usd as revenue_usd,
        friday_first_dollars_usd as first_dollars_usd

    from sellers_past_the_limit

    union all

    select
        'not known' as day_kind,
        unknown_revenue_usd as revenue_usd,
        unknown_first_dollars_usd as first_dollars_usd

    from sellers_past_the_limit

    union all

    select
        'ordinary' as day_kind,
        digital_revenue_usd - friday_revenue_usd - unknown_revenue_usd as revenue_usd,
        digital_first_dollars_usd - friday_first_dollars_usd - unknown_first_dollars_usd as first_dollars_usd

    from sellers_past_the_limit

),

-- What a share may be taken of, by all that the assumptions tell apart.
parts as (

    select
        false as is_physical,
        true as has_reduced_share,
        day_kind,
        revenue_usd,
        first_dollars_usd

    from reduced

    union all

    select
        totals.is_physical,
        false as has_reduced_share,
        totals.day_kind,
        totals.revenue_usd - coalesce(reduced.revenue_usd, 0) as revenue_usd,
        totals.first_dollars_usd - coalesce(reduced.first_dollars_usd, 0) as first_dollars_usd

    from totals
    left join reduced
        on
            not totals.is_physical
            and totals.day_kind = reduced.day_kind

),

total as (

    select {{ sum_usd('revenue_usd') }} as revenue_usd
    from parts

),

digital_terms as (

    select 'full share for all' as digital_terms
    union all
    select 'reduced share for sellers past the limit' as digital_terms
    union all
    select 'reduced share for all' as digital_terms

),

waivers as (

    select 'none' as waived_days
    union all
    select 'Bandcamp Fridays' as waived_days
    union all
    select 'Bandcamp Fridays and Fridays not known' as waived_days

),

limits as (

    select true as has_share_limit
    union all
    select false as has_share_limit

),

shares as (

    select
        digital_terms.digital_terms,
        waivers.waived_days,
        limits.has_share_limit

    from digital_terms
    cross join waivers
    cross join limits

),

charged as (

    select
        shares.digital_terms,
        shares.waived_days,
        shares.has_share_limit,
        case
            when parts.is_physical then 'physical'
            when shares.digital_terms = 'reduced share for all' then 'reduced'
            when shares.digital_terms = 'full share for all' then 'full'
            when parts.has_reduced_share then 'reduced'
            else 'full'
        end as rate_name,
        case
            when
                parts.day_kind = 'ordinary'
                or shares.waived_days = 'none'
                or (parts.day_kind = 'not known' and shares.waived_days = 'Bandcamp Fridays')
                then case when shares.has_share_limit then parts.first_dollars_usd else parts.revenue_usd end
        end as charged_usd

    from shares
    cross join parts

),

by_rate as (

    select
        digital_terms,
        waived_days,
        has_share_limit,
        {{ sum_usd("case when rate_name = 'full' then charged_usd end") }} as full_usd,
        {{ sum_usd("case when rate_name = 'reduced' then charged_usd end") }} as reduced_usd,
        {{ sum_usd("case when rate_name = 'physical' then charged_usd end") }} as physical_usd

    from charged
    group by
        digital_terms,
        waived_days,
        has_share_limit

),

with_rates as (

    select
        *,
        {{ rate(var('bandcamp_share_digital')) }} as full_rate,
        {{ rate(var('bandcamp_share_digital_reduced')) }} as reduced_rate,
        {{ rate(var('bandcamp_share_physical')) }} as physical_rate

    from by_rate

),

payment_fees as (

    {% for fee in var('payment_fees_compared') %}
    select {{ rate(fee) }} as payment_fee_rate
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

estimated as (

    select
        shares.digital_terms,
        shares.waived_days,
        shares.has_share_limit,
        payment_fees.payment_fee_rate,
        total.revenue_usd,
        coalesce({{ convert_total('with_rates.full_usd', 'with_rates.full_rate') }}, 0)
        + coalesce({{ convert_total('with_rates.reduced_usd', 'with_rates.reduced_rate') }}, 0)
        + coalesce({{ convert_total('with_rates.physical_usd', 'with_rates.physical_rate') }}, 0) as bandcamp_usd,
        {{ convert_total('total.revenue_usd', 'payment_fees.payment_fee_rate') }} as payment_fees_usd

    from shares
    left join with_rates
        on
            shares.digital_terms = with_rates.digital_terms
            and shares.waived_days = with_rates.waived_days
            and shares.has_share_limit = with_rates.has_share_limit
    cross join payment_fees
    cross join total

),

final as (

    select
        digital_terms,
        waived_days,
        has_share_limit,
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
{{ stored_order('digital_terms, waived_days, has_share_limit, payment_fee_rate') }}
