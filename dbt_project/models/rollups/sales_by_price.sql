{%- set dimensions = [
    'sale_date', 'currency', 'item_type_label', 'is_physical', 'item_price', 'quantity', 'amount_paid_usd', 'is_overpaid',
] -%}
with

sales as (

    select
        *,
        amount_paid > item_price as is_overpaid

    from {{ ref('fct_sales') }}
    where {{ in_run_days('sale_date') }}

),

final as (

    select
        {{ dimensions | join(',\n        ') }},
        count(*) as sales,
        {{ sum_usd('amount_overpaid_usd') }} as overpaid_usd

    from sales
    group by
        {{ dimensions | join(',\n        ') }}

)

select * from final
