{{ config(tags=['marts']) }}
select
    sale_date,
    count(*) as sales,
    cast(sum(amount_paid_usd) as decimal(18, 2)) as revenue_usd
from {{ ref('fct_sales') }}
group by sale_date
