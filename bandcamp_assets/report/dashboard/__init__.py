"""The dashboard: one self-contained page, made from the marts, that needs no server.

This package has the content of the page and puts it together. dbt's marts compute the figures, and the asset
`sales_dashboard` makes the page.
"""
