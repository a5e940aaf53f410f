"""The data package: every table as Parquet files, with a description that other programs read.

Frictionless Data calls files with a `datapackage.json` beside them a data package. Nothing here knows Dagster or
writes a table: the assets do, with dagster-polars.
"""
