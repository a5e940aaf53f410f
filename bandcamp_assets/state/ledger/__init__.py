"""Proof that no row is lost or invented: every layer is counted and compared with the previous one.

`measure` counts the data, `compare` judges, and `ledger` puts it into one table. The asset checks that use it are
in `bandcamp_assets.defs.checks.layers`.
"""
