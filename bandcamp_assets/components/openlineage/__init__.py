"""Runs of Dagster in the words of OpenLineage. It needs the extra `lineage`, so only who uses it imports it."""
