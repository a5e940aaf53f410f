"""The lake: raw files parsed and typed once (`staging`), then one clean Parquet file a day (`cleaning`).

`chunks` cuts bytes into independent chunks, `records` parses chunks into records of text fields, and `conversion`
makes typed sales or rejected rows of the records. Nothing here knows Dagster, objects or the warehouse.
"""
