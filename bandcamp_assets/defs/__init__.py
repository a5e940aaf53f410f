"""What Dagster loads: assets, checks, jobs, sensors, schedules, resources, and the `defs.yaml` of dbt.

The functions that these call are in the other packages, most of which do not know Dagster. To follow a sale, read
`assets` from landing to report.
"""
