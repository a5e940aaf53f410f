"""What is finished and what is left: the catalog, the plan made from it, the ledger, and what is damaged.

`catalog` records, `integrity` compares the records with the files, `ledger` counts every layer, and `plan` says
which days and parts have to be built.
"""
