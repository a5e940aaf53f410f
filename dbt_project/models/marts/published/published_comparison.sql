{#- Each figure as we count it and, where that differs, as those did who published it. -#}
{%- set expressions = {
    'sales': ['ours.sales'],
    'distinct_times': ['ours.distinct_times', 'theirs.distinct_times'],
    'distinct_urls': ['ours.distinct_urls', 'theirs.distinct_urls'],
    'distinct_artists': ['ours.distinct_artists', 'theirs.distinct_artists'],
    'distinct_albums': ['ours.distinct_albums', 'theirs.distinct_albums'],
    'distinct_descriptions': ['ours.distinct_descriptions', 'theirs.distinct_descriptions'],
    'distinct_pictures': ['theirs.distinct_pictures'],
    'countries': ['ours.countries', 'theirs.countries'],
    'currencies': ['ours.currencies'],
    'us_dollar_sales': ['ours.us_dollar_sales'],
    'most_sold_item_sales': ['ours.most_sold_item_sales', 'theirs.most_sold_item_sales'],
    'various_artists_sales': ['ours.various_artists_sales', 'theirs.various_artists_sales'],
    'digital_album_sales': ['ours.digital_album_sales'],
    'digital_track_sales': ['ours.digital_track_sales'],
    'physical_sales': ['ours.physical_sales'],
    'discography_sales': ['ours.discography_sales'],
    'album_slug_sales': ['ours.album_slug_sales'],
    'merch_slug_sales': ['ours.merch_slug_sales'],
    'named_tip_sales': ['theirs.named_tip_sales'],
    'several_items_sales': ['ours.several_items_sales'],
    'further_items': ['ours.further_items'],
    'least_paid_usd': ['ours.least_paid_usd'],
    'paid_usd_quarter': ['ours.paid_usd_quarter'],
    'paid_usd_median': ['ours.paid_usd_median'],
    'paid_usd_three_quarters': ['ours.paid_usd_three_quarters'],
    'most_paid_usd': ['ours.most_paid_usd'],
    'revenue_usd': ['ours.revenue_usd'],
    'average_price_usd': [amount_per('ours.asking_usd', 'ours.sales')],
    'average_paid_usd': [amount_per('ours.revenue_usd', 'ours.sales')],
    'net_overpaid_usd': ['ours.net_overpaid_usd'],
    'album_slug_revenue_usd': ['ours.album_slug_revenue_usd'],
    'merch_slug_revenue_usd': ['ours.merch_slug_revenue_usd'],
    'discography_revenue_usd': ['ours.discography_revenue_usd'],
    'united_states_sales': ['ours.united_states_sales', 'theirs.united_states_sales'],
    'united_states_revenue_usd': ['ours.united_states_revenue_usd', 'theirs.united_states_revenue_usd'],
    'united_kingdom_sales': ['ours.united_kingdom_sales', 'theirs.united_kingdom_sales'],
    'united_kingdom_revenue_usd': ['ours.united_kingdom_revenue_usd', 'theirs.united_kingdom_revenue_usd'],
    'germany_sales': ['ours.germany_sales', 'theirs.germany_sales'],
    'germany_revenue_usd': ['ours.germany_revenue_usd', 'theirs.germany_revenue_usd'],
    'australia_sales': ['ours.australia_sales', 'theirs.australia_sales'],
    'australia_revenue_usd': ['ours.australia_revenue_usd', 'theirs.australia_revenue_usd'],
    'canada_sales': ['ours.canada_sales', 'theirs.canada_sales'],
    'canada_revenue_usd': ['ours.canada_revenue_usd', 'theirs.canada_revenue_usd'],
    'france_sales': ['ours.france_sales', 'theirs.france_sales'],
    'france_revenue_usd': ['ours.france_revenue_usd', 'theirs.france_revenue_usd'],
    'japan_sales': ['ours.japan_sales', 'theirs.japan_sales'],
    'japan_revenue_usd': ['ours.japan_revenue_usd', 'theirs.japan_revenue_usd'],
    'sales_in_september': ['ours.sales_in_september', 'theirs.sales_in_september'],
    'sales_in_october': ['ours.sales_in_october', 'theirs.sales_in_october'],
    'revenue_usd_in_september': ['ours.revenue_usd_in_september', 'theirs.revenue_usd_in_september'],
    'revenue_usd_in_october': ['ours.revenue_usd_in_october', 'theirs.revenue_usd_in_october'],
    'sales_on_bandcamp_friday': ['ours.sales_on_bandcamp_friday', 'theirs.sales_on_bandcamp_friday'],
    'revenue_usd_on_bandcamp_friday': ['ours.revenue_usd_on_bandcamp_friday', 'theirs.revenue_usd_on_bandcamp_friday'],
    'revenue_usd_on_another_day': [
        amount_per('(ours.revenue_usd - ours.revenue_usd_on_bandcamp_friday)', '(ours.sale_days - 1)'),
        amount_per('(theirs.revenue_usd - theirs.revenue_usd_on_bandcamp_friday)', '(theirs.sale_days - 1)'),
    ],
    'physical_sales_share': [
        share('ours.physical_sales', 'ours.sales'),
        share('theirs.physical_sales', 'theirs.sales'),
    ],
    'physical_revenue_share': [
        share('ours.physical_revenue_usd', 'ours.revenue_usd'),
        share('theirs.physical_revenue_usd', 'theirs.revenue_usd'),
    ],
    'sales_under_2_usd_share': [
        share('ours.sales_under_2_usd', 'ours.sales'),
        share('theirs.sales_under_2_usd', 'theirs.sales'),
    ],
    'top_1_percent_artists_share': [
        share('ours.top_1_percent_usd', 'ours.artists_usd'),
        share('theirs.top_1_percent_usd', 'theirs.artists_usd'),
    ],
    'top_5_percent_artists_share': [
        share('ours.top_5_percent_usd', 'ours.artists_usd'),
        share('theirs.top_5_percent_usd', 'theirs.artists_usd'),
    ],
    'overpaid_sales_share': [
        share('ours.overpaid_sales', 'ours.sales'),
        share('theirs.overpaid_sales', 'theirs.described_sales'),
    ],
    'overpaid_usd': ['ours.overpaid_usd', 'theirs.overpaid_usd'],
    'overpaid_revenue_share': [
        share('ours.overpaid_usd', 'ours.revenue_usd'),
        share('theirs.overpaid_usd', 'theirs.described_usd'),
    ],
    'free_sales_share': [share('ours.free_sales', 'ours.sales'), share('theirs.free_sales', 'theirs.described_sales')],
    'free_revenue_usd': ['ours.free_revenue_usd', 'theirs.free_revenue_usd'],
} -%}
{%- set countries = [
    ('united_states', 'US', 'United States'),
    ('united_kingdom', 'GB', 'United Kingdom'),
    ('germany', 'DE', 'Germany'),
    ('australia', 'AU', 'Australia'),
    ('canada', 'CA', 'Canada'),
    ('france', 'FR', 'France'),
    ('japan', 'JP', 'Japan'),
] -%}
{%- set two_cents = "cast('0.02' as " ~ type_money() ~ ')' -%}
with

-- Only the sales of the archive, whatever else was landed beside it.
sales as (

    select
        transaction_date,
        sale_date,
        url,
        artist_name,
        album_title,
        item_type,
        slug_type,
        country,
        country_code,
        currency,
        quantity,
        item_price,
        item_price_usd,
        amount_paid,
        amount_paid_usd,
        amount_overpaid_usd

    from {{ ref('fct_sales') }}
    where
        source_file = '{{ var('archive_file') }}'
        and sale_date between date '{{ var('archive_days')[0] }}' and date '{{ var('archive_days')[1] }}'

),

-- The same sales as they were delivered, and what pandas makes of them.
delivered as (

    select
        sale_date,
        utc_date,
        delivered_url,
        delivered_artist_name,
        delivered_album_title,
        delivered_item_description,
        delivered_country,
        item_description,
        item_type,
        art_id,
        amount_over_fmt,
        item_price,
        amount_paid,
        amount_paid_usd,
        {{ is_missing_to_pandas('delivered_artist_name') }} as lacks_artist,
        {{ is_missing_to_pandas('delivered_album_title') }} as lacks_album,
        {{ is_missing_to_pandas('delivered_item_description') }} as lacks_description

    from {{ ref('stg_sales') }}
    where
        source_file = '{{ var('archive_file') }}'
        and sale_date between date '{{ var('archive_days')[0] }}' and date '{{ var('archive_days')[1] }}'

),

published_figures as (

    select * from {{ ref('published_figures') }}

),

our_sums as (

    select
        count(*) as sales,
        count(distinct transaction_date) as distinct_times,
        count(distinct url) as distinct_urls,
        count(distinct artist_name) as distinct_artists,
        count(distinct album_title) as distinct_albums,
        count(distinct country) as countries,
        count(distinct currency) as currencies,
        count(distinct sale_date) as sale_days,
        {{ count_if("currency = 'USD'") }} as us_dollar_sales,
        {{ count_if("artist_name = 'Various Artists'") }} as various_artists_sales,
        {{ count_if("item_type = 'a'") }} as digital_album_sales,
        {{ count_if("item_type = 't'") }} as digital_track_sales,
        {{ count_if("item_type = 'p'") }} as physical_sales,
        {{ count_if("item_type = 'b'") }} as discography_sales,
        {{ count_if("slug_type = 'a'") }} as album_slug_sales,
        {{ count_if("slug_type = 'p'") }} as merch_slug_sales,
        {{ count_if('quantity > 1') }} as several_items_sales,
        sum(quantity - 1) as further_items,
        min(amount_paid_usd) as least_paid_usd,
        max(amount_paid_usd) as most_paid_usd,
        {{ sum_usd('amount_paid_usd') }} as revenue_usd,
        {{ sum_usd('item_price_usd') }} as asking_usd,
        {{ sum_usd('amount_overpaid_usd') }} as net_overpaid_usd,
        {{ sum_usd("case when item_type = 'p' then amount_paid_usd end") }} as physical_revenue_usd,
        {{ sum_usd("case when item_type = 'b' then amount_paid_usd end") }} as discography_revenue_usd,
        {{ sum_usd("case when slug_type = 'a' then amount_paid_usd end") }} as album_slug_revenue_usd,
        {{ sum_usd("case when slug_type = 'p' then amount_paid_usd end") }} as merch_slug_revenue_usd,
        {% for name, code, text in countries %}
        {{ count_if("country_code = '" ~ code ~ "'") }} as {{ name }}_sales,
        {{ sum_usd("case when country_code = '" ~ code ~ "' then amount_paid_usd end") }} as {{ name }}_revenue_usd,
        {% endfor %}
        {{ count_and_sum_on("sale_date <= date '2020-09-30'", 'in_september') }},
        {{ count_and_sum_on("sale_date >= date '2020-10-01'", 'in_october') }},
        {{ count_and_sum_on("sale_date = date '2020-10-02'", 'on_bandcamp_friday') }},
        {{ count_if('amount_paid_usd < 2') }} as sales_under_2_usd,
        {{ count_if('amount_paid > item_price') }} as overpaid_sales,
        {{ sum_usd('case when amount_overpaid_usd > 0 then amount_overpaid_usd end') }} as overpaid_usd,
        {{ count_if('item_price = 0') }} as free_sales,
        {{ sum_usd('case when item_price = 0 then amount_paid_usd end') }} as free_revenue_usd

    from sales

),

-- Theirs: those with pandas leave out sales without an artist; those with SQL count all.
their_sums as (

    select
        {{ count_if('not lacks_artist') }} as sales,
        count(distinct utc_date) as distinct_times,
        count(distinct delivered_url) as distinct_urls,
        count(distinct case when not lacks_artist then delivered_artist_name end) as distinct_artists,
        count(distinct case when not lacks_album then delivered_album_title end) as distinct_albums,
        count(distinct case when not lacks_description then delivered_item_description end)
            as distinct_descriptions,
        count(distinct item_description) as our_distinct_descriptions,
        count(distinct art_id) as distinct_pictures,
        count(distinct delivered_country) as countries,
        count(distinct case when not lacks_artist then sale_date end) as sale_days,
        count(amount_over_fmt) as named_tip_sales,
        {{ count_if("delivered_artist_name = 'Various Artists'") }} as various_artists_sales,
        {% for name, code, text in countries %}
        {{ count_if("delivered_country = '" ~ text ~ "'") }} as {{ name }}_sales,
        {{ sum_usd("case when delivered_country = '" ~ text ~ "' then amount_paid_usd end") }}
            as {{ name }}_revenue_usd,
        {% endfor %}
        {{ count_if("item_type = 'p' and not lacks_artist") }} as physical_sales,
        {{ sum_usd("case when item_type = 'p' and not lacks_artist then amount_paid_usd end") }}
            as physical_revenue_usd,
        {{ sum_usd('case when not lacks_artist then amount_paid_usd end') }} as revenue_usd,
        {{ count_and_sum_on("sale_date <= date '2020-09-30' and not lacks_artist", 'in_september') }},
        {{ count_and_sum_on("sale_date >= date '2020-10-01' and not lacks_artist", 'in_october') }},
        {{ count_and_sum_on("sale_date = date '2020-10-02' and not lacks_artist", 'on_bandcamp_friday') }},
        {{ count_if('amount_paid_usd < 2 and not lacks_artist') }} as sales_under_2_usd

    from delivered

),

our_amounts as (

    select
        observed,
        sum(sales) over (order by observed) as sales_up_to,
        sum(sales) over () as sales_in_all

    from (
        select
            amount_paid_usd as observed,
            count(*) as sales
        from sales
        where amount_paid_usd is not null
        group by amount_paid_usd
    ) as counted

),

our_quantiles as (

    select
        {{ quantile(25) }} as paid_usd_quarter,
        {{ quantile(50) }} as paid_usd_median,
        {{ quantile(75) }} as paid_usd_three_quarters

    from our_amounts

),

our_items as (

    select max(sales) as most_sold_item_sales
    from (
        select count(*) as sales
        from sales
        where url is not null
        group by url
    ) as items

),

their_items as (

    select max(sales) as most_sold_item_sales
    from (
        select count(*) as sales
        from delivered
        where delivered_url is not null
        group by delivered_url
    ) as items

),

our_artists as (

    select
        revenue_usd,
        row_number() over (order by revenue_usd desc) as revenue_rank,
        count(*) over () as artists

    from (
        select {{ sum_usd('amount_paid_usd') }} as revenue_usd
        from sales
        where artist_name is not null
        group by artist_name
    ) as incomes

),

-- What an artist gets, each sale rounded by itself, on ordinary days and on the one Bandcamp Friday by UTC.
their_artists as (

    select
        revenue_usd,
        row_number() over (order by revenue_usd desc) as revenue_rank,
        count(*) over () as artists

    from (
        select
            {{ sum_usd(
                "amount_paid_usd - case when sale_date = date '2020-10-02' then 0 when item_type = 'p' then "
                ~ convert_amount('amount_paid_usd', rate('0.10')) ~ ' else '
                ~ convert_amount('amount_paid_usd', rate('0.15')) ~ ' end'
            ) }} as revenue_usd
        from delivered
        where not lacks_artist
        group by delivered_artist_name
    ) as incomes
    where revenue_usd > 0

),

our_tops as (

    select
        sum(revenue_usd) as artists_usd,
        sum(case when 100 * (revenue_rank - 1) < artists then revenue_usd end) as top_1_percent_usd,
        sum(case when 100 * (revenue_rank - 1) < 5 * artists then revenue_usd end) as top_5_percent_usd

    from our_artists

),

their_tops as (

    select
        sum(revenue_usd) as artists_usd,
        sum(case when revenue_rank = 1 or 100 * revenue_rank <= artists then revenue_usd end) as top_1_percent_usd,
        sum(case when revenue_rank = 1 or 100 * revenue_rank <= 5 * artists then revenue_usd end)
            as top_5_percent_usd

    from their_artists

),

described as (

    select
        delivered_item_description,
        amount_paid_usd,
        price_usd,
        row_number() over (partition by delivered_item_description order by price_usd) as price_rank,
        count(*) over (partition by delivered_item_description) as namesakes

    from (
        select
            delivered_item_description,
            amount_paid_usd,
            coalesce({{ scale_amount('item_price', 'amount_paid_usd', 'amount_paid') }}, item_price) as price_usd
        from delivered
        where not lacks_artist and not lacks_description and amount_paid_usd is not null
    ) as priced

),

-- Twice the median, so that it stays exact: the price in the middle counts twice, or the two in the middle once.
twice_medians as (

    select
        delivered_item_description,
        sum(case when 2 * price_rank = namesakes + 1 then 2 * price_usd else price_usd end) as twice_median_usd

    from described
    where 2 * price_rank between namesakes and namesakes + 2
    group by delivered_item_description

),

their_prices as (

    select
        count(*) as described_sales,
        {{ sum_usd('described.amount_paid_usd') }} as described_usd,
        {{ count_if('2 * described.amount_paid_usd > twice_medians.twice_median_usd + ' ~ two_cents) }}
            as overpaid_sales,
        {{ sum_usd(
            'case when 2 * described.amount_paid_usd > twice_medians.twice_median_usd'
            ~ ' then 2 * described.amount_paid_usd - twice_medians.twice_median_usd end'
        ) }} as twice_overpaid_usd,
        {{ count_if('twice_medians.twice_median_usd = 0') }} as free_sales,
        {{ sum_usd('case when twice_medians.twice_median_usd = 0 then described.amount_paid_usd end') }}
            as free_revenue_usd

    from described
    inner join twice_medians
        on described.delivered_item_description = twice_medians.delivered_item_description

),

ours as (

    select
        our_sums.*,
        their_sums.our_distinct_descriptions as distinct_descriptions,
        our_quantiles.paid_usd_quarter,
        our_quantiles.paid_usd_median,
        our_quantiles.paid_usd_three_quarters,
        our_items.most_sold_item_sales,
        our_tops.artists_usd,
        our_tops.top_1_percent_usd,
        our_tops.top_5_percent_usd

    from our_sums
    cross join their_sums
    cross join our_quantiles
    cross join our_items
    cross join our_tops

),

theirs as (

    select
        their_sums.*,
        their_items.most_sold_item_sales,
        their_tops.artists_usd,
        their_tops.top_1_percent_usd,
        their_tops.top_5_percent_usd,
        their_prices.described_sales,
        their_prices.described_usd,
        their_prices.overpaid_sales,
        {{ amount_per('their_prices.twice_overpaid_usd', '2') }} as overpaid_usd,
        their_prices.free_sales,
        their_prices.free_revenue_usd

    from their_sums
    cross join their_items
    cross join their_tops
    cross join their_prices

),

compared as (

    select
        published_figures.*,
        ours.sales > 0 as is_applicable,
        case
            when ours.sales > 0
                then case published_figures.figure
                    {% for figure, values in expressions.items() %}
                    when '{{ figure }}' then cast({{ values[0] }} as {{ type_decimal(24, 6) }})
                    {% endfor %}
                end
        end as our_value,
        case
            when ours.sales > 0
                then case published_figures.figure
                    {% for figure, values in expressions.items() if values | length > 1 %}
                    when '{{ figure }}' then cast({{ values[1] }} as {{ type_decimal(24, 6) }})
                    {% endfor %}
                end
        end as value_by_their_rule

    from published_figures
    cross join ours
    cross join theirs

),

final as (

    select
        figure,
        meaning,
        unit,
        published_value,
        our_value,
        our_value - published_value as difference,
        value_by_their_rule,
        tolerance,
        case
            when not is_applicable then 'not applicable'
            when abs(our_value - published_value) <= tolerance then 'equals'
            when abs(value_by_their_rule - published_value) <= tolerance then 'equals by their rule'
            else 'differs'
        end as verdict,
        rule,
        source,
        place

    from compared

)

select * from final
{{ stored_order('figure') }}
