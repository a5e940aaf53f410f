"""What people look at: the dashboard, and the pictures in the metadata of assets. It does not know Dagster."""
