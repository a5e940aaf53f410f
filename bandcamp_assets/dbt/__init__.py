"""Runs dbt in this process. It does not know Dagster: see `bandcamp_assets.components.dbt`.

`manifest` makes a manifest from the project (`project`), once. A step invokes dbt (`engine`), which reports events
(`messages`) and tables (`relations`). The models are in the folder `dbt_project`. Nothing here imports dbt's
command line before a step or `prepare_manifest` needs it.
"""
