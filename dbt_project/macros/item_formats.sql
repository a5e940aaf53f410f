{#-
    What a physical item is, read from its description: sellers write it in words of their own. The words stand here
    and nowhere else. Patterns are RE2, which both warehouses use; `\x27` is an apostrophe, as in 7\x27\x27. RE2 cannot
    look around, so the names of titles are taken out before `tape` is looked for.

    Checked against 820 real descriptions and a list of synthetic ones
    (bandcamp_assets_tests/dbt_project/judged_formats.csv).
-#}
{% macro says_vinyl(description) -%}
    {{ matches(description, '(?i)v[iy]n[iy]l|flexi.?disc|lathe.?cut|pic(ture)?[ -]?dis[ck]|dubplate|test.?pressing|shellac|(33|45) ?rpm|(^|[^a-z])[0-9]*x?lp[sx]?([^a-z]|$)|(^|[^0-9])(7|10|12)([ -]?("|”|″|\\x27\\x27|’’|inch|pouces|zoll)|in([^a-z]|$))') }}
{%- endmacro %}

{% macro says_cd(description) -%}
    {{ matches(description, '(?i)compact.?dis[ck]|digi.?(pac?k|cd|sleeve|file|book)|jewel.?case|(^|[^a-z])[0-9]*x?(sa|hd|mini)?cds?(-?r)?([^a-z]|$)') }}
{%- endmacro %}

{% macro says_cassette(description) -%}
    ({{ matches(description, '(?i)[ck]ass?ett?[ea]|(^|[^a-z])(cs|k7|mc)([^a-z0-9]|$)|([0-9]|two|three|four|double)[ x-]*tapes([^a-z]|$)') }}
    or {{ matches(without_titles(description), '(?i)(^|[^a-z])tape([^a-z0-9]|$)') }})
{%- endmacro %}

{#- The length of a cassette, as C30 or C-90. It counts where nothing else is said, as a C64 is a computer. -#}
{% macro says_cassette_length(description) -%}
    {{ matches(description, '(?i)(^|[^a-z0-9])c-?([1-9][0-9]|1[0-2][0-9])([^a-z0-9]|$)') }}
{%- endmacro %}

{% macro says_other_medium(description) -%}
    {{ matches(description, '(?i)(^|[^a-z])(dvds?|vhs|usb)([^a-z]|$)|blu.?ray|mini.?dis[ck]|floppy') }}
{%- endmacro %}

{% macro says_garment(description) -%}
    {{ matches(description, '(?i)shirt|hoodie|hooded|sweater|long.?sleeve|crew.?neck|tank.?top|beanie|(^|[^a-z])(tees?|totes?)([^a-z]|$)') }}
{%- endmacro %}

{#- Things that also come along with a record: they say what an item is only where nothing else is said. -#}
{% macro says_merch(description) -%}
    {{ matches(description, '(?i)(^|[^a-z])(posters?|paintings?|patch(es)?|stickers?|badges?|enamel pins?|mugs?|zines?|slip.?mats?|key.?(chain|ring)s?|face ?masks?)([^a-z]|$)') }}
{%- endmacro %}

{% macro says_bundle(description) -%}
    {{ matches(description, '(?i)(^|[^a-z])(bundles?|combo)([^a-z]|$)') }}
{%- endmacro %}

{#- A description without what is a kind of music or part of a title: a mix tape, a beat tape, Tape Vol. 2. -#}
{% macro without_titles(description) -%}
    {{ replace_all(description, '(?i)(mix|beat|duct)[ -]?tape|tape,? *(vol|pt|part|no[.]|#)') }}
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

{#- A text with a space wherever the pattern matches. -#}
{% macro replace_all(text, pattern) -%}
    {{ return(adapter.dispatch('replace_all', 'bandcamp')(text, pattern)) }}
{%- endmacro %}

{% macro default__replace_all(text, pattern) -%}
    regexp_replace({{ text }}, '{{ pattern }}', ' ', 'g')
{%- endmacro %}

{% macro bigquery__replace_all(text, pattern) -%}
    regexp_replace({{ text }}, r'{{ pattern }}', ' ')
{%- endmacro %}
