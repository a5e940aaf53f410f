"""The Dagster instance that the local deployment records its runs in. Its settings: `dagster.yaml` beside this."""
