"""The step from a source to a recorded raw file: landing it, refusing it, and restoring a lost catalog.

Fetching and unpacking bytes belong to `sources`; the records belong to `state`.
"""
