{{ config(materialized='view', tags=['daily']) }}
select
    sales._id,
    sales.sale_date,
    item_types.label,
    sales.amount_paid_usd,
    false as amount_paid_usd_is_estimated
from {{ source('bandcamp', 'sales') }} as sales
left join {{ ref('item_types') }} as item_types on sales.item_type = item_types.item_type
