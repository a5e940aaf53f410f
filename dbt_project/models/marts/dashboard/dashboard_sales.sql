{#- What the dashboard filters and groups by, beside the time. -#}
{%- set dimensions = ['country', 'item_type_label', 'item_format', 'currency', 'price_band'] -%}
{%- set grains = {
    'day': 'sale_date',
    'week': 'week_start',
    'month': first_of_month('sale_date'),
    'year': first_of_year('sale_date'),
} -%}
with

segments as (

    select * from {{ ref('sales_by_segment') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

days as (

    select
        sale_date,
        country,
        item_type_label,
        item_format,
        currency,
        price_band,
        {{ sums_of_figures() }},
        {{ sum_usd('case when is_bandcamp_friday then revenue_usd end') }} as bandcamp_friday_revenue_usd,
        {{ sum_count('case when is_bandcamp_friday then sales else 0 end') }} as bandcamp_friday_sales,
        {{ sum_usd('revenue_usd') }} - {{ charged_usd() }} as uncharged_usd

    from segments
    group by
        sale_date,
        {{ dimensions | join(',\n        ') }}

),

dated as (

    select
        days.*,
        dates.week_start

    from days
    left join dates
        on days.sale_date = dates.date_day

),

-- The finest grain that keeps the page small, whatever the number of sales.
grains as (

    {% for period in grains.values() %}
    select
        {{ loop.index }} as coarseness,
        count(*) as cells

    from (
        select distinct
            {{ period }} as period_start,
            {{ dimensions | join(',\n            ') }}
        from dated
    ) as cells_{{ loop.index }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

chosen as (

    select
        coalesce(
            min(case when cells <= {{ var('dashboard_cells') }} then coarseness end), {{ grains | length }}
        ) as coarseness

    from grains

),

periods as (

    select
        dated.*,
        case chosen.coarseness
            {% for grain in grains %}
            when {{ loop.index }} then '{{ grain }}'
            {% endfor %}
        end as grain,
        case chosen.coarseness
            {% for period in grains.values() %}
            when {{ loop.index }} then {{ period }}
            {% endfor %}
        end as period_start

    from dated
    cross join chosen

),

final as (

    select
        grain,
        period_start,
        {{ dimensions | join(',\n        ') }},
        cast(sum(sales) as {{ dbt.type_bigint() }}) as sales,
        cast(sum(items) as {{ dbt.type_bigint() }}) as items,
        {{ sum_usd('revenue_usd') }} as revenue_usd,
        {{ sum_usd('overpaid_usd') }} as overpaid_usd,
        cast(sum(overpaid_sales) as {{ dbt.type_bigint() }}) as overpaid_sales,
        {{ sum_usd('bandcamp_friday_revenue_usd') }} as bandcamp_friday_revenue_usd,
        cast(sum(bandcamp_friday_sales) as {{ dbt.type_bigint() }}) as bandcamp_friday_sales,
        {{ sum_usd('uncharged_usd') }} as uncharged_usd

    from periods
    group by
        grain,
        period_start,
        {{ dimensions | join(',\n        ') }}

)

select * from final
{{ stored_order('period_start, ' ~ dimensions | join(', ')) }}
