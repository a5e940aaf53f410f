"""Tests of dbt inside Dagster, on the tiny project in `project`."""
