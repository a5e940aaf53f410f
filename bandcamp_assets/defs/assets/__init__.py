"""The assets of Python, one module a layer, in the order of the data's flow; dbt's are in `defs/dbt`.

Each asset reads its inputs, calls functions of its layer's package, writes, records, and attaches metadata.
"""
