"""Storage of sales: object stores and warehouses, on this machine or on Google Cloud.

Nothing here decides what to write or when. `state` does.
"""
