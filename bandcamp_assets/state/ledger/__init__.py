"""Proof that nothing is lost and nothing made up: every layer counted, and compared with the one before.

`measure` counts the data itself, `compare` judges, `ledger` lays it out as one table. The asset checks
that act on it stand in `bandcamp_assets.defs.checks.layers`.
"""
