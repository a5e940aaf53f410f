"""What is finished and what is left to do: the catalog, the plan made from it, the ledger, and damage.

`catalog` keeps records, `integrity` compares them with the files, `ledger` counts every layer, and `plan` says
which days and parts must be built.
"""
