"""The checks: what came into a layer is what went out; nothing was damaged since; few rows are refused.

dbt's tests are checks, too; they stand with the models. A check's key is its function's name.
"""

MAX_SHOWN = 20
"""So many differences are shown in a check's metadata."""
