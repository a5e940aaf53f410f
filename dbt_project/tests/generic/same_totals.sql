{#-
    `figures` (ours: theirs, both aggregates) come out alike here and in `other`: nothing lost, nothing doubled.
    With `by_run_days` each day of the run is compared by itself.
-#}
{% test same_totals(model, other, figures, by_run_days=false) %}
{%- set days = 'sale_date, ' if by_run_days else '' %}
with

ours as (

    select {{ days }}{% for ours in figures %}coalesce({{ ours }}, 0) as figure_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ model }}
    {% if by_run_days -%} where {{ in_run_days('sale_date') }} group by sale_date {%- endif %}

),

theirs as (

    select {{ days }}{% for theirs in figures.values() %}coalesce({{ theirs }}, 0) as figure_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ other }}
    {% if by_run_days -%} where {{ in_run_days('sale_date') }} group by sale_date {%- endif %}

)

select 'only here' as side, here.* from (select * from ours {{ dbt.except() }} select * from theirs) as here
union all
select 'only there' as side, there.* from (select * from theirs {{ dbt.except() }} select * from ours) as there
{% endtest %}
