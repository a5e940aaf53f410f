"""Building blocks for `defs`: the dbt component, an IO manager, resources, and Dagster metadata."""
