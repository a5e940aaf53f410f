{#- The host in a whole URL, lower case; null without one. -#}
{% macro url_host(url) -%}
    {{ return(adapter.dispatch('url_host', 'bandcamp')(url)) }}
{%- endmacro %}

{% macro default__url_host(url) -%}
    nullif(lower(split_part({{ url }}, '/', 3)), '')
{%- endmacro %}

{% macro bigquery__url_host(url) -%}
    nullif(lower(split({{ url }}, '/')[safe_offset(2)]), '')
{%- endmacro %}
