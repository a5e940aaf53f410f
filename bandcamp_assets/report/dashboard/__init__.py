"""The dashboard: one self-contained page, made from the marts, that asks no server for anything.

Here belongs what the page holds and how it is put together. What the figures are is the concern of dbt's marts;
when the page is made, of the asset `sales_dashboard`.
"""
