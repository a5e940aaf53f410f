"""What every room stands on: errors, files and disks, the home folder, limits, and Dagster's local instance.

Nothing here knows what a sale is.
"""
