{#- The key, a sale's `_id`, begins with a time (UTC) of the day in `date_column`. -#}
{% test key_of_day(model, column_name, date_column) %}
select
    {{ column_name }},
    {{ date_column }}
from {{ model }}
where coalesce({{ key_date(column_name) }} <> {{ date_column }}, true)
{% endtest %}
