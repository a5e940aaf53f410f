with

segments as (

    select * from {{ ref('sales_by_segment') }}

),

final as (

    select
        item_type_label,
        item_type,
        is_physical,
        {{ sums_of_figures() }}

    from segments
    group by
        item_type_label,
        item_type,
        is_physical

)

select * from final
{{ stored_order('item_type_label') }}
