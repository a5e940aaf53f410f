"""One deployment: its settings, and the platform put together from them.

`settings` reads the environment; `deployment` joins home, stores, warehouse and dbt. The assets get them as
Dagster resources.
"""
