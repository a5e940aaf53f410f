with

sales as (

    select
        sale_date,
        currency,
        {{ exact_ratio('amount_paid_usd', 'amount_paid', 18, 9) }} as usd_rate

    from {{ ref('stg_sales') }}
    where
        {{ in_run_days('sale_date') }}
        and currency <> 'USD'
        and has_usd_ratio
        -- A payment worth 0.00 USD says nothing about the rate.
        and amount_paid_usd > 0

),

ranked as (

    select
        sale_date,
        currency,
        usd_rate,
        row_number() over (partition by sale_date, currency order by usd_rate) as rate_rank,
        count(*) over (partition by sale_date, currency) as sales

    from sales
    where usd_rate > 0

),

final as (

    select
        sale_date,
        currency,
        usd_rate,
        sales

    from ranked
    -- The middle one, or the lower of the two in the middle: a rate that was really paid.
    where 2 * rate_rank in (sales, sales + 1)

)

select * from final
