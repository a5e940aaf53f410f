{#- No row lacks any of `columns`. One scan for all of them; the failing rows name the column. -#}
{% test no_nulls(model, columns) %}
select
    case
        {% for column in columns -%}
            when {{ column }} is null then '{{ column }}'
        {% endfor -%}
    end as null_column,
    count(*) as null_rows
from {{ model }}
where
    {% for column in columns -%}
        {{ column }} is null{{ ' or' if not loop.last }}
    {% endfor %}
group by 1
{% endtest %}
