{#-
    The days (UTC) that this run replaces: the var `days`, a list of ISO dates.

    run_days() returns them as sorted texts without repeats, or none when the var is absent: all days.
    in_run_days(column) is the same as a condition of plain literals, which both warehouses can use to
    skip every other day's data.
-#}
{% macro run_days() -%}
    {%- set given = var('days', none) -%}
    {%- if given is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- if given is string or given is mapping or given is not iterable or given | length == 0 -%}
        {{ exceptions.raise_compiler_error(
            "The var `days` is not a list of dates: " ~ given
            ~ ". Give a JSON list such as [\"2020-10-02\"], or leave it out to replace all days."
        ) }}
    {%- endif -%}
    {%- set days = [] -%}
    {%- for day in given -%}
        {%- if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', day | string) -%}
            {{ exceptions.raise_compiler_error(
                "The var `days` holds '" ~ day ~ "', which is not an ISO date such as 2020-10-02."
            ) }}
        {%- endif -%}
        {%- do days.append(day | string) -%}
    {%- endfor -%}
    {{ return(days | unique | sort) }}
{%- endmacro %}

{% macro in_run_days(column) -%}
    {%- set days = run_days() -%}
    {%- if days is none -%}
        true
    {%- elif days | length == 1 -%}
        {{ column }} = date '{{ days[0] }}'
    {%- else -%}
        {{ column }} between date '{{ days | first }}' and date '{{ days | last }}'
        {%- if not _are_consecutive(days) %}
            and {{ column }} in ({% for day in days %}date '{{ day }}'{% if not loop.last %}, {% endif %}{% endfor %})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro _are_consecutive(days) -%}
    {%- set first = modules.datetime.date.fromisoformat(days | first) -%}
    {%- set last = modules.datetime.date.fromisoformat(days | last) -%}
    {{ return((last - first).days + 1 == days | length) }}
{%- endmacro %}
