"""What people read: the dashboard, and the tables, previews and plots in the metadata of assets."""
