{#-
    Text as people mean it: one Unicode form (NFC), no white space around it, and null instead of nothing.

    The white space is listed because the warehouses' own `trim` disagree about it. Invisible
    characters that are not white space (U+200B, U+200E) are part of the text and stay.
-#}
{% macro clean_text(column) -%}
    {{ return(adapter.dispatch('clean_text', 'bandcamp')(column)) }}
{%- endmacro %}

{% macro default__clean_text(column) -%}
    {%- set white_space = ' \t\n\r\u000b\u000c\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000' -%}
    {#- Plain text that begins and ends with a visible character is left alone: it is its own cleaned form. The rest
        goes by a regular expression, because DuckDB's `trim` reads such a list anew for each row. -#}
    case
        when
            strlen({{ column }}) = length({{ column }})
            and {{ column }} >= '!'
            and {{ column }}[-1] between '!' and '~'
            then {{ column }}
        else nullif(regexp_replace(nfc_normalize({{ column }}), '^[{{ white_space }}]+|[{{ white_space }}]+$', '', 'g'), '')
    end
{%- endmacro %}

{% macro bigquery__clean_text(column) -%}
    {%- set white_space = ' \\t\\n\\r\\u000b\\u000c\\u0085\\u00a0\\u1680\\u2000\\u2001\\u2002\\u2003\\u2004\\u2005\\u2006\\u2007\\u2008\\u2009\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000' -%}
    nullif(trim(normalize({{ column }}, nfc), '{{ white_space }}'), '')
{%- endmacro %}
