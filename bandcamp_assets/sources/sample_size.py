"""Limits of the sample's rows. Separate from the generator, which takes long to import."""

MIN_ROWS = 1_000

MAX_ROWS = 100_000_000
"""About 30 GB of CSV."""
