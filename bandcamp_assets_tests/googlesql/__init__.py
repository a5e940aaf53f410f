"""Google's own SQL engine as a judge of the SQL that the platform sends to BigQuery.

It is GoogleSQL's analyzer and its reference implementation, compiled to WebAssembly (the package `zetasql`). It
knows BigQuery's language, types and functions. It knows nothing of BigQuery's service: no jobs, permissions,
partitions, quotas or bytes billed. Those are what the emulator is for.

Nothing here imports the platform: what judges shares no code with what is judged.
"""
