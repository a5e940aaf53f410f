{%- set rankings = ['country', 'item_type_label', 'currency'] -%}
with

sales as (

    select * from {{ ref('fct_sales') }}

),

cells as (

    select
        artist_name,
        country,
        item_type_label,
        currency,
        count(*) as sales,
        {{ sum_usd('amount_paid_usd') }} as revenue_usd,
        {{ sum_usd('amount_overpaid_usd') }} as overpaid_usd

    from sales
    where artist_name is not null
    group by
        artist_name,
        country,
        item_type_label,
        currency

),

ranked as (

    select
        artist_name,
        row_number() over (order by sum(revenue_usd) desc, artist_name asc) as revenue_rank,
        50 as places

    from cells
    group by artist_name

    {% for column in rankings %}
    union all

    select
        artist_name,
        row_number() over (partition by {{ column }} order by sum(revenue_usd) desc, artist_name asc) as revenue_rank,
        10 as places

    from cells
    group by
        {{ column }},
        artist_name
    {% endfor %}

),

listed as (

    select distinct artist_name
    from ranked
    where revenue_rank <= places

),

final as (

    select cells.*
    from cells
    inner join listed
        on cells.artist_name = listed.artist_name

)

select * from final
{{ stored_order('artist_name, country, item_type_label, currency') }}
