{% macro in_run_days(column) -%}
    {%- set days = var('days', none) -%}
    {%- if days is none -%} true
    {%- else -%} {{ column }} in ({% for day in days %}date '{{ day }}'{{ ', ' if not loop.last }}{% endfor %})
    {%- endif -%}
{%- endmacro %}
