with

countries as (

    select * from {{ ref('countries') }}

),

final as (

    select
        country,
        alpha_2 as country_code,
        alpha_3 as country_code_alpha_3,
        numeric_code as country_code_numeric

    from countries

    union all

    select
        'Unknown' as country,
        cast(null as {{ dbt.type_string() }}) as country_code,
        cast(null as {{ dbt.type_string() }}) as country_code_alpha_3,
        cast(null as {{ dbt.type_string() }}) as country_code_numeric

)

select * from final
