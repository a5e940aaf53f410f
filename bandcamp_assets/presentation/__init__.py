"""How figures and frames are shown: in the Dagster UI (`metadata`, `plot`) and in the terminal (`text`).

Nothing is computed here that is not already in what is given.
"""
