{#-
    Incremental models on BigQuery: the run's days are replaced by one MERGE, or the whole table where a run names none.

    It does what dbt-bigquery's `insert_overwrite` with static partitions does, with two differences. The partitions
    come from the var `days` when the model runs: the config `partitions` is fixed when the project is parsed, and one
    parsed project serves the runs of all days. (Without it dbt would replace only the days that have rows, and an
    emptied day would stay.) And the rows go straight into the MERGE: with `on_schema_change: fail`, which contracts
    demand, dbt would first write them to a table of their own, a second query to pay for that no cost figure shows.
    What that table is there for, comparing columns, is done by a query that reads nothing and by the API.
-#}
{% materialization incremental, adapter='bigquery' -%}
    {%- set existing = load_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set partition_by = adapter.parse_partition_by(config.get('partition_by')) -%}
    {%- set replaces_all = existing is none or existing.is_view or should_full_refresh() or run_days() is none -%}

    {{ run_hooks(pre_hooks) }}

    {%- if replaces_all -%}
        {#- BigQuery replaces a table only by one of the same kind, partitions and clusters. -#}
        {%- if existing is not none and (
            existing.is_view or not adapter.is_replaceable(existing, partition_by, config.get('cluster_by'))
        ) -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, target_relation, compiled_code) }}
        {%- endcall -%}
    {%- else -%}
        {%- set columns = adapter.get_columns_in_relation(existing) -%}
        {%- do assert_columns_unchanged(columns) -%}
        {%- do get_assert_columns_equivalent(compiled_code) -%}
        {%- call statement('main') -%}
            {{ get_insert_overwrite_merge_sql(
                target_relation,
                '(\n' ~ compiled_code ~ '\n)',
                columns,
                [in_run_days('dbt_internal_dest.' ~ partition_by.field)]
            ) }}
        {%- endcall -%}
    {%- endif -%}

    {{ run_hooks(post_hooks) }}

    {%- do apply_grants(target_relation, config.get('grants'), should_revoke(existing, replaces_all)) -%}
    {%- do persist_docs(target_relation, model) -%}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#- The table has the columns of the model's contract, in any order. The types of new rows BigQuery checks itself. -#}
{% macro assert_columns_unchanged(columns) -%}
    {%- set contracted = model['columns'].keys() | sort -%}
    {%- set found = columns | map(attribute='name') | sort -%}
    {%- if found != contracted -%}
        {{ exceptions.raise_compiler_error(
            "The table " ~ this.identifier ~ " has other columns than its contract (only in the table: "
            ~ (found | reject('in', contracted) | join(', ') or 'none') ~ "; only in the contract: "
            ~ (contracted | reject('in', found) | join(', ') or 'none') ~ "). Build it anew with --full-refresh."
        ) }}
    {%- endif -%}
{%- endmacro %}
