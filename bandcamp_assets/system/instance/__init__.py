"""The Dagster instance of the local deployment, which records its runs. `dagster.yaml` holds its settings."""
