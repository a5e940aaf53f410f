{#- Everything lives in the one schema of the target, whatever a node asks for. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema }}
{%- endmacro %}
