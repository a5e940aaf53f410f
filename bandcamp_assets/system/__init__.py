"""What every room uses: errors, files and disks, the home folder, limits, and Dagster's local instance.

Nothing here knows what a sale is.
"""
