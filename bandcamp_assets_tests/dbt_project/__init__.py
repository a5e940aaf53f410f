"""The dbt project, run by real dbt on real DuckDB files."""
