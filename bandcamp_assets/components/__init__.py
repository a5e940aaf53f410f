"""Dagster components of this platform: what `defs.yaml` documents are made into."""
