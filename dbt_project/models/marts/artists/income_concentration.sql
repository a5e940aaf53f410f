with

shares as (

    select * from {{ ref('income_shares') }}

),

final as (

    select
        population,
        max(earners_in_all) as earners,
        max(revenue_usd_in_all) as revenue_usd,
        {{ amount_per('max(revenue_usd_in_all)', 'max(earners_in_all)') }} as average_income_usd,
        {{ share('sum(gini_part)', 'max(earners_in_all) * max(revenue_usd_in_all)') }} as gini,
        {{ share(revenue_of_top(1), 'max(revenue_usd_in_all)') }} as top_1_percent_share,
        {{ share(revenue_of_top(2), 'max(revenue_usd_in_all)') }} as top_2_percent_share,
        {{ share(revenue_of_top(5), 'max(revenue_usd_in_all)') }} as top_5_percent_share,
        {{ share(revenue_of_top(10), 'max(revenue_usd_in_all)') }} as top_10_percent_share,
        {{ share(revenue_of_top(50), 'max(revenue_usd_in_all)') }} as top_50_percent_share

    from shares
    group by population

)

select * from final
{{ stored_order('population') }}
