with

shares as (

    select * from {{ ref('income_shares') }}

),

populations as (

    select
        population,
        max(earners_in_all) as earners_in_all,
        max(revenue_usd_in_all) as revenue_usd_in_all

    from shares
    group by population

),

-- With fewer than 100 earners some percentiles hold nobody; the curve is flat there.
percents as (

    {{ integers(0, 100, 'poorest_percent') }}

),

tops as (

    select
        populations.population,
        populations.earners_in_all,
        populations.revenue_usd_in_all,
        percents.poorest_percent,
        coalesce(max(shares.earners_up_to), 0) as richer,
        coalesce(max(shares.revenue_usd_up_to), 0) as revenue_of_richer

    from populations
    cross join percents
    left join shares
        on
            populations.population = shares.population
            and shares.top_percent <= 100 - percents.poorest_percent
    group by
        populations.population,
        populations.earners_in_all,
        populations.revenue_usd_in_all,
        percents.poorest_percent

),

final as (

    select
        population,
        cast(poorest_percent as {{ dbt.type_bigint() }}) as poorest_percent,
        cast(earners_in_all - richer as {{ dbt.type_bigint() }}) as earners,
        cast(revenue_usd_in_all - revenue_of_richer as {{ type_total() }}) as revenue_usd,
        {{ share('(revenue_usd_in_all - revenue_of_richer)', 'revenue_usd_in_all') }} as revenue_share

    from tops

)

select * from final
{{ stored_order('population, poorest_percent') }}
