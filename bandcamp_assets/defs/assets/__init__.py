"""The assets in Python, one module for each layer. The assets of dbt are in `defs/dbt`.

Each asset reads its inputs, calls functions of its layer's package, writes, records, and attaches metadata.
"""
