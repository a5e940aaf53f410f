"""dbt inside Dagster, in one process.

From the project (`project`) comes a manifest made once (`manifest`), from that the assets (`translator`,
`assets`). A step invokes dbt in its own process (`engine`), and what dbt reports becomes Dagster's events
(`events`, `relations`). The models themselves stand in the folder `dbt_project`. Nothing here imports dbt's
command line before a step or `prepare_manifest` needs it.
"""
