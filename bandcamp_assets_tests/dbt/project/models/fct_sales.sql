{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='sale_date', tags=['daily']
) }}
with staged as (select * from {{ ref('stg_sales') }} where {{ in_run_days('sale_date') }})

select
    _id,
    sale_date,
    label,
    amount_paid_usd,
    amount_paid_usd_is_estimated
from staged
