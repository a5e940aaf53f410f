{#- Every row keeps all `rules` (name: condition). A condition that is null does not count against it. -#}
{% test always_true(model, rules) %}
select
    case
        {% for name, condition in rules.items() -%}
            when not ({{ condition }}) then '{{ name }}'
        {% endfor -%}
    end as broken_rule,
    count(*) as broken_rows
from {{ model }}
where
    {% for condition in rules.values() -%}
        not ({{ condition }}){{ ' or' if not loop.last }}
    {% endfor %}
group by 1
{% endtest %}
