{#-
    The order in which a table's rows are stored. DuckDB keeps it, so that reading the table shows it; BigQuery
    keeps none, and would sort everything on one machine for nothing.
-#}
{% macro stored_order(columns) -%}
    {{ return(adapter.dispatch('stored_order', 'bandcamp')(columns)) }}
{%- endmacro %}

{% macro default__stored_order(columns) -%}
    order by {{ columns }}
{%- endmacro %}

{% macro bigquery__stored_order(columns) -%}
{%- endmacro %}
