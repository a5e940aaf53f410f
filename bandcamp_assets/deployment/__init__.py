"""One deployment: its settings, and the parts that they choose.

`settings` reads the environment. `deployment` puts home, stores, warehouse and dbt together. The assets get them
as Dagster resources.
"""
