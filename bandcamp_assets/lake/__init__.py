"""The lake: raw files parsed and typed once (`staging`), then one clean Parquet file a day (`cleaning`).

Bytes are cut into independent chunks (`chunks`), chunks into records of text fields (`records`), records
into typed sales or rejected rows (`conversion`). Nothing here knows of Dagster, objects or the warehouse.
"""
