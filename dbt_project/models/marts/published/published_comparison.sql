{#- Each figure, worked out from what is measured below. -#}
{%- set expressions = {
    'sales': 'sales',
    'distinct_times': 'distinct_times',
    'sales_in_september': 'sales_in_september',
    'sales_in_october': 'sales_in_october',
    'distinct_urls': 'distinct_urls',
    'distinct_artists': 'distinct_artists',
    'countries': 'countries',
    'currencies': 'currencies',
    'bundle_sales': 'bundle_sales',
    'revenue_usd': 'revenue_usd',
    'sales_on_bandcamp_friday': 'sales_on_bandcamp_friday',
    'revenue_usd_on_bandcamp_friday': 'revenue_usd_on_bandcamp_friday',
    'overpaid_usd': 'overpaid_usd',
    'free_revenue_usd': 'free_revenue_usd',
    'revenue_usd_on_another_day': amount_per('(revenue_usd - revenue_usd_on_bandcamp_friday)', '(sale_days - 1)'),
    'physical_sales_share': share('physical_sales', 'sales'),
    'physical_revenue_share': share('physical_revenue_usd', 'revenue_usd'),
    'united_states_revenue_share': share('united_states_revenue_usd', 'revenue_usd'),
    'united_kingdom_revenue_share': share('united_kingdom_revenue_usd', 'revenue_usd'),
    'germany_revenue_share': share('germany_revenue_usd', 'revenue_usd'),
    'overpaid_sales_share': share('overpaid_sales', 'sales'),
    'overpaid_revenue_share': share('overpaid_usd', 'revenue_usd'),
    'free_sales_share': share('free_sales', 'sales'),
    'sales_under_2_usd_share': share('sales_under_2_usd', 'sales'),
    'top_1_percent_artists_share': share('top_1_percent_usd', 'artists_revenue_usd'),
    'top_5_percent_artists_share': share('top_5_percent_usd', 'artists_revenue_usd'),
} -%}
with

-- Only the sales of the archive, whatever else was landed beside it.
sales as (

    select * from {{ ref('fct_sales') }}
    where source_file = '{{ var('archive_file') }}'

),

published_figures as (

    select * from {{ ref('published_figures') }}

),

figures as (

    select
        count(*) as sales,
        count(distinct transaction_date) as distinct_times,
        count(case when sale_date <= date '2020-09-30' then 1 end) as sales_in_september,
        count(case when sale_date >= date '2020-10-01' then 1 end) as sales_in_october,
        count(distinct url) as distinct_urls,
        count(distinct artist_name) as distinct_artists,
        count(distinct country) as countries,
        count(distinct currency) as currencies,
        count(case when item_type = 'b' then 1 end) as bundle_sales,
        {{ sum_usd("amount_paid_usd") }} as revenue_usd,
        count(case when sale_date = date '2020-10-02' then 1 end) as sales_on_bandcamp_friday,
        {{ sum_usd("case when sale_date = date '2020-10-02' then amount_paid_usd end") }}
            as revenue_usd_on_bandcamp_friday,
        count(distinct sale_date) as sale_days,
        count(case when is_physical then 1 end) as physical_sales,
        {{ sum_usd("case when is_physical then amount_paid_usd end") }} as physical_revenue_usd,
        {{ sum_usd("case when country_code = 'US' then amount_paid_usd end") }} as united_states_revenue_usd,
        {{ sum_usd("case when country_code = 'GB' then amount_paid_usd end") }} as united_kingdom_revenue_usd,
        {{ sum_usd("case when country_code = 'DE' then amount_paid_usd end") }} as germany_revenue_usd,
        count(case when amount_paid > item_price then 1 end) as overpaid_sales,
        {{ sum_usd("case when amount_overpaid_usd > 0 then amount_overpaid_usd end") }} as overpaid_usd,
        count(case when item_price = 0 then 1 end) as free_sales,
        {{ sum_usd("case when item_price = 0 then amount_paid_usd end") }} as free_revenue_usd,
        count(case when amount_paid_usd < 2 then 1 end) as sales_under_2_usd

    from sales

),

artists as (

    select
        revenue_usd,
        row_number() over (order by revenue_usd desc) as revenue_rank,
        count(*) over () as artists_in_all

    from (
        select {{ sum_usd('amount_paid_usd') }} as revenue_usd
        from sales
        where artist_name is not null
        group by artist_name
    ) as incomes

),

tops as (

    select
        sum(revenue_usd) as artists_revenue_usd,
        sum(case when 100 * (revenue_rank - 1) < artists_in_all then revenue_usd end) as top_1_percent_usd,
        sum(case when 100 * (revenue_rank - 1) < 5 * artists_in_all then revenue_usd end) as top_5_percent_usd

    from artists

),

measured as (

    select
        figures.*,
        tops.artists_revenue_usd,
        tops.top_1_percent_usd,
        tops.top_5_percent_usd

    from figures
    cross join tops

),

our_figures as (

    {% for figure, expression in expressions.items() %}
    select
        '{{ figure }}' as figure,
        cast({{ expression }} as {{ type_decimal(24, 6) }}) as our_value

    from measured
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

final as (

    select
        published_figures.figure,
        published_figures.meaning,
        published_figures.unit,
        published_figures.published_value,
        case when archive.sales > 0 then our_figures.our_value end as our_value,
        case when archive.sales > 0 then our_figures.our_value - published_figures.published_value end as difference,
        published_figures.tolerance,
        case
            when archive.sales = 0 then 'not applicable'
            when abs(our_figures.our_value - published_figures.published_value) <= published_figures.tolerance
                then 'agrees'
            else 'differs'
        end as verdict,
        published_figures.source,
        published_figures.note

    from published_figures
    left join our_figures
        on published_figures.figure = our_figures.figure
    cross join figures as archive

)

select * from final
{{ stored_order('figure') }}
