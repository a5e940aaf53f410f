{{ config(tags=['marts']) }}
select
    label,
    count(*) as sales
from {{ ref('fct_sales') }}
group by label
