{#- Each way to look at it: its name, and the column that names its parts. -#}
{%- set breakdowns = {
    'all': "'all'",
    'price band': 'price_band',
    'item type': 'item_type_label',
    'format': 'item_format',
    'country': 'country',
    'currency': 'currency',
} -%}
with

segments as (

    select * from {{ ref('sales_by_segment') }}
    where priced_sales > 0

),

totals as (

    {% for breakdown, segment in breakdowns.items() %}
    select
        '{{ breakdown }}' as breakdown,
        {{ segment }} as segment,
        {{ sum_count('priced_sales') }} as sales,
        {{ sum_usd('priced_revenue_usd') }} as revenue_usd

    from segments
    group by segment
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

overpaying as (

    select
        item_type_label,
        item_format,
        country,
        currency,
        {{ price_band('item_price', 'item_price_usd') }} as price_band,
        amount_overpaid_usd,
        paid_to_price_ratio

    from {{ ref('fct_sales') }}
    where
        item_price > 0
        -- In the currency of the seller: in US dollars a little more may round to nothing.
        and amount_paid > item_price
        and amount_overpaid_usd is not null

),

counted_amounts as (

    {% for breakdown, segment in breakdowns.items() %}
    select
        '{{ breakdown }}' as breakdown,
        {{ segment }} as segment,
        amount_overpaid_usd as observed,
        count(*) as sales

    from overpaying
    group by
        segment,
        observed
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

counted_ratios as (

    {% for breakdown, segment in breakdowns.items() %}
    select
        '{{ breakdown }}' as breakdown,
        {{ segment }} as segment,
        paid_to_price_ratio as observed,
        count(*) as sales

    from overpaying
    group by
        segment,
        observed
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

cumulated_amounts as (

    {{ cumulated('counted_amounts', by='breakdown, segment') }}

),

cumulated_ratios as (

    {{ cumulated('counted_ratios', by='breakdown, segment') }}

),

amounts as (

    select
        breakdown,
        segment,
        cast(sum(sales) as {{ dbt.type_bigint() }}) as overpaid_sales,
        {{ sum_usd('observed * sales') }} as overpaid_usd,
        {{ quantile(25) }} as overpaid_usd_p25,
        {{ quantile(50) }} as overpaid_usd_median,
        {{ quantile(75) }} as overpaid_usd_p75,
        {{ quantile(90) }} as overpaid_usd_p90,
        {{ quantile(99) }} as overpaid_usd_p99

    from cumulated_amounts
    group by
        breakdown,
        segment

),

ratios as (

    select
        breakdown,
        segment,
        {{ quantile(50) }} as paid_to_price_median,
        {{ quantile(90) }} as paid_to_price_p90

    from cumulated_ratios
    group by
        breakdown,
        segment

),

final as (

    select
        totals.breakdown,
        totals.segment,
        totals.sales,
        coalesce(amounts.overpaid_sales, 0) as overpaid_sales,
        {{ share('coalesce(amounts.overpaid_sales, 0)', 'totals.sales') }} as overpaid_sales_share,
        totals.revenue_usd,
        cast(coalesce(amounts.overpaid_usd, 0) as {{ type_total() }}) as overpaid_usd,
        {{ share('coalesce(amounts.overpaid_usd, 0)', 'totals.revenue_usd') }} as overpaid_revenue_share,
        amounts.overpaid_usd_p25,
        amounts.overpaid_usd_median,
        amounts.overpaid_usd_p75,
        amounts.overpaid_usd_p90,
        amounts.overpaid_usd_p99,
        ratios.paid_to_price_median,
        ratios.paid_to_price_p90

    from totals
    left join amounts
        on
            totals.breakdown = amounts.breakdown
            and totals.segment = amounts.segment
    left join ratios
        on
            totals.breakdown = ratios.breakdown
            and totals.segment = ratios.segment

)

select * from final
{{ stored_order('breakdown, sales desc, segment') }}
