"""Parts that `defs` is made with: the dbt component, an IO manager, resources, and values as Dagster metadata."""
