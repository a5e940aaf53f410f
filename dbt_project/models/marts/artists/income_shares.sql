{#- Whose incomes: by name, by name without the names that stand for many, and by the seller's host. -#}
{%- set compilations = "'various', 'various artists', 'various artist', 'va', 'v/a', 'v.a', 'v.a.', 'v. a.'" -%}
with

incomes as (

    select
        'artists' as population,
        artist_name as earner,
        revenue_usd

    from {{ ref('artist_sales') }}
    where artist_name is not null

    union all

    select
        'artists without compilations' as population,
        artist_name as earner,
        revenue_usd

    from {{ ref('artist_sales') }}
    where
        artist_name is not null
        and lower(artist_name) not in ({{ compilations }})

    union all

    select
        'sellers' as population,
        seller_host as earner,
        revenue_usd

    from {{ ref('seller_sales') }}
    where seller_host is not null

),

ranked as (

    select
        population,
        revenue_usd,
        row_number() over (partition by population order by revenue_usd desc) as revenue_rank,
        count(*) over (partition by population) as earners_in_all

    from incomes

),

-- The first is the smallest whole number of earners that makes up at least 1 percent of them, and so on.
percentiles as (

    select
        population,
        earners_in_all,
        {{ floor_divide('100 * (revenue_rank - 1)', 'earners_in_all') }} + 1 as top_percent,
        count(*) as earners,
        {{ sum_usd('revenue_usd') }} as revenue_usd,
        -- Of the sum that the Gini coefficient is made of: 2 × the place from the poorest, less the number, less 1.
        sum(revenue_usd * (earners_in_all + 1 - 2 * revenue_rank)) as gini_part

    from ranked
    group by
        population,
        earners_in_all,
        top_percent

),

final as (

    select
        population,
        cast(top_percent as {{ dbt.type_bigint() }}) as top_percent,
        earners,
        earners_in_all,
        revenue_usd,
        cast(
            sum(earners) over (partition by population order by top_percent) as {{ dbt.type_bigint() }}
        ) as earners_up_to,
        cast(
            sum(revenue_usd) over (partition by population order by top_percent) as {{ type_total() }}
        ) as revenue_usd_up_to,
        cast(sum(revenue_usd) over (partition by population) as {{ type_total() }}) as revenue_usd_in_all,
        gini_part

    from percentiles

)

select * from final
{{ stored_order('population, top_percent') }}
