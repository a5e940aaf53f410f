"""Lineage that is sent to a receiver: held to the published schema, and to what dbt and DuckDB say."""
