with

sales as (

    select * from {{ ref('fct_sales') }}

),

items as (

    -- A digital album and its record share an address; they are two items.
    select
        url,
        case when url is not null then item_type_label end as item_kind,
        case when url is not null then item_format end as format_of_kind,
        count(*) as sales,
        {{ sum_usd('amount_paid_usd') }} as revenue_usd

    from sales
    group by
        url,
        item_kind,
        format_of_kind

),

banded as (

    select
        case
            when sales > 1000 then 1001
            when sales > 100 then 101
            when sales > 25 then 26
            when sales > 10 then 11
            when sales > 5 then 6
            when sales > 2 then 3
            else sales
        end as from_sales,
        count(*) as distinct_items,
        cast(sum(sales) as {{ dbt.type_bigint() }}) as sales,
        {{ sum_usd('revenue_usd') }} as revenue_usd

    from items
    group by from_sales

),

total as (

    select
        sum(distinct_items) as distinct_items,
        sum(sales) as sales,
        {{ sum_usd('revenue_usd') }} as revenue_usd

    from banded

),

final as (

    select
        case banded.from_sales
            when 1 then '1'
            when 2 then '2'
            when 3 then '3 to 5'
            when 6 then '6 to 10'
            when 11 then '11 to 25'
            when 26 then '26 to 100'
            when 101 then '101 to 1000'
            else 'over 1000'
        end as sales_band,
        cast(banded.from_sales as {{ dbt.type_bigint() }}) as from_sales,
        banded.distinct_items,
        banded.sales,
        banded.revenue_usd,
        {{ share('banded.distinct_items', 'total.distinct_items') }} as distinct_items_share,
        {{ share('banded.sales', 'total.sales') }} as sales_share,
        {{ share('banded.revenue_usd', 'total.revenue_usd') }} as revenue_share

    from banded
    cross join total

)

select * from final
{{ stored_order('from_sales') }}
