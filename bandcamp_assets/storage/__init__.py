"""Where sales lie: object stores and warehouses, on this machine or on Google Cloud.

Nothing here decides what to write or when: see `state`.
"""
