{#-
    What a physical item is, read from its description: sellers write it in words of their own. The words stand here
    and nowhere else. Patterns are RE2, which both warehouses use; `\x27` is an apostrophe, as in 7\x27\x27.
-#}
{% macro says_vinyl(description) -%}
    {{ matches(description, '(?i)v[iy]n[iy]l|flexi.?disc|lathe.?cut|(^|[^a-z])[0-9]*x?lp[sx]?([^a-z]|$)|(^|[^0-9])(7|10|12) ?("|”|″|\\x27\\x27|inch|-inch)') }}
{%- endmacro %}

{% macro says_cd(description) -%}
    {{ matches(description, '(?i)compact.?dis[ck]|digi.?(pac?k|cd|sleeve|file)|jewel.?case|(^|[^a-z])[0-9]*x?cds?(-?r)?([^a-z]|$)') }}
{%- endmacro %}

{% macro says_cassette(description) -%}
    {{ matches(description, '(?i)cassette|kassette|(^|[^a-z])(tapes?|cs|k7|mc)([^a-z0-9]|$)') }}
{%- endmacro %}

{% macro says_garment(description) -%}
    {{ matches(description, '(?i)shirt|hoodie|sweater|(^|[^a-z])(tees?|tote)([^a-z]|$)') }}
{%- endmacro %}

{% macro says_bundle(description) -%}
    {{ matches(description, '(?i)(^|[^a-z])(bundles?|combo)([^a-z]|$)') }}
{%- endmacro %}

{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'bandcamp')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
    coalesce(regexp_matches({{ text }}, '{{ pattern }}'), false)
{%- endmacro %}

{% macro bigquery__matches(text, pattern) -%}
    coalesce(regexp_contains({{ text }}, r'{{ pattern }}'), false)
{%- endmacro %}
