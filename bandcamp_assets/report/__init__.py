"""What people read: the dashboard, and the pictures in the metadata of assets. Knows nothing of Dagster."""
