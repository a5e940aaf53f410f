{#-
    Incremental strategy `replace_days`: the rows of the run's days give way to the rows just selected.

    A day for which nothing was selected ends empty. Both statements run in the transaction that dbt-duckdb
    opens around them, so a failure leaves the old rows. For BigQuery see replace_days_bigquery.sql.
-#}
{% macro get_incremental_replace_days_sql(arg_dict) -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ in_run_days('sale_date') }};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{#- Data tests with `where: __run_days__` read only the run's days: the others were tested when they were built. -#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') or '' -%}
    {%- if where == '__run_days__' -%}
        {%- set where = in_run_days('sale_date') -%}
    {%- endif -%}
    {%- if where in ('', 'true') -%}
        {{ return(relation) }}
    {%- endif -%}
    (select * from {{ relation }} where {{ where }}) dbt_subquery
{%- endmacro %}
