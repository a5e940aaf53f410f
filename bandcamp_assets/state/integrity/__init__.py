"""Finds lost and damaged files: before a layer reads the previous one, and by a survey of everything.

`reading` compares what is about to be read, `survey` compares everything. `ledger` counts rows. Assets rebuild
what is wrong.
"""
