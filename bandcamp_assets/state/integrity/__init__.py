"""Damage and loss at rest: found before a layer reads from the one before, and by looking at all there is.

`reading` compares what is about to be read, `survey` everything. Counting rows is the concern of
`reconciliation`; making things anew, of the assets.
"""
