with

sales as (

    select * from {{ ref('stg_sales') }}
    where {{ in_run_days('sale_date') }}

),

usd_rates as (

    select * from {{ ref('usd_rates') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

currency_days_without_ratio as (

    -- Not from `sales`: DuckDB would make whole, and put on disk, what is then read twice.
    select distinct
        sale_date,
        currency

    from {{ ref('stg_sales') }}
    where
        {{ in_run_days('sale_date') }}
        and not has_usd_ratio
        and currency <> 'USD'

),

rates_by_nearness as (

    select
        currency_days_without_ratio.sale_date,
        currency_days_without_ratio.currency,
        usd_rates.usd_rate,
        row_number() over (
            partition by currency_days_without_ratio.sale_date, currency_days_without_ratio.currency
            order by
                {{ days_apart('usd_rates.sale_date', 'currency_days_without_ratio.sale_date') }},
                usd_rates.sale_date
        ) as nearness

    from currency_days_without_ratio
    inner join usd_rates
        on currency_days_without_ratio.currency = usd_rates.currency

),

sales_with_rates as (

    select
        sales.*,
        case
            when sales.currency = 'USD' then cast(1 as {{ type_rate() }})
            else rates_by_nearness.usd_rate
        end as fallback_usd_rate,
        dates.is_bandcamp_friday

    from sales
    left join rates_by_nearness
        on
            sales.sale_date = rates_by_nearness.sale_date
            and sales.currency = rates_by_nearness.currency
            and rates_by_nearness.nearness = 1
    left join dates
        on {{ pacific_date('sales.sold_at') }} = dates.date_day

),

converted as (

    select
        *,
        case
            when has_usd_ratio then {{ scale_amount('item_price', 'amount_paid_usd', 'amount_paid') }}
            else {{ convert_amount('item_price', 'fallback_usd_rate') }}
        end as item_price_in_usd,
        coalesce(
            amount_paid_usd,
            {{ convert_amount('amount_paid', 'fallback_usd_rate') }}
        ) as amount_paid_in_usd

    from sales_with_rates

),

final as (

    select
        -- the documented columns, in their order
        _id,
        sold_at as transaction_date,
        url,
        artist_name,
        album_title,
        item_type,
        slug_type,
        country,
        item_price,
        amount_paid,
        currency,
        item_price_in_usd as item_price_usd,
        amount_paid_in_usd as amount_paid_usd,
        cast(amount_paid_in_usd - item_price_in_usd as {{ type_money() }}) as amount_overpaid_usd,
        {{ exact_ratio('amount_paid', 'item_price', 24, 6) }} as paid_to_price_ratio,

        -- our own
        sale_date,
        country_code,
        item_type_label,
        is_physical,
        item_format,
        quantity,
        amount_paid_usd is null as amount_paid_usd_is_estimated,
        is_bandcamp_friday,
        source_file

    from converted

)

select * from final
