with

sales as (

    select * from {{ ref('fct_sales') }}

),

final as (

    select
        item_type_label,
        item_type,
        is_physical,
        {{ sales_figures() }}

    from sales
    group by
        item_type_label,
        item_type,
        is_physical

)

select * from final
{{ stored_order('item_type_label') }}
