"""dbt in this process. Knows nothing of Dagster: see `bandcamp_assets.components.dbt`.

From the project (`project`) comes a manifest, made once (`manifest`). A step invokes dbt (`engine`), which reports
events (`messages`) and tables (`relations`). The models themselves stand in the folder `dbt_project`. Nothing here
imports dbt's command line before a step or `prepare_manifest` needs it.
"""
