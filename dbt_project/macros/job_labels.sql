{#-
    The labels of every job in BigQuery, as the JSON that dbt makes labels of: what a model costs can then be read
    from the bill. It is the comment of each query too. DuckDB has no jobs, so its queries carry none.
-#}
{% macro job_labels(node) -%}
    {%- if target.type == 'bigquery' -%}
        {%- set labels = {'deployment': target.name} -%}
        {%- if node -%}
            {%- do labels.update({'dbt_model': node.name, 'dbt_node_type': node.resource_type}) -%}
        {%- endif -%}
        {{ return(tojson(labels)) }}
    {%- endif -%}
{%- endmacro %}
