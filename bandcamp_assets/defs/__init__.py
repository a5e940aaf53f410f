"""What Dagster loads: assets, checks, jobs, sensors, schedules, resources, and the `defs.yaml` of dbt.

What these call stands in the other packages, most of which know nothing of Dagster. Read `assets` from landing to
report: that is the way of a sale.
"""
