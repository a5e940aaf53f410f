{#- The date is the UTC day of the timestamp in `timestamp_column`. -#}
{% test utc_day_of(model, column_name, timestamp_column) %}
select
    {{ column_name }},
    {{ timestamp_column }}
from {{ model }}
where {{ column_name }} <> {{ utc_date(timestamp_column) }}
{% endtest %}
