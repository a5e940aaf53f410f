{#-
    The columns of a contract as a query without rows, to compare the model's own columns with.

    dbt-bigquery would cast to the contract's types as they stand; BigQuery allows `decimal(18, 2)` for columns of
    tables and refuses it in casts. A query's columns have no digits to compare there, so they are left out here.
    The table is made with them, and BigQuery refuses rows that do not fit.
-#}
{% macro bigquery__get_empty_schema_sql(columns) -%}
    select
    {% for column in columns.values() -%}
        cast(null as {{ column['data_type'].split('(')[0] }}) as {{ column['name'] }}{{ ', ' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
