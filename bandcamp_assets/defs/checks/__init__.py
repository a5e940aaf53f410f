"""The checks: each layer holds what the previous one gave it, nothing is damaged, and few rows are rejected.

The tests of dbt are checks too; they are with the models. The key of a check is the name of its function.
"""

MAX_SHOWN = 20
"""How many differences a check shows in its metadata."""
