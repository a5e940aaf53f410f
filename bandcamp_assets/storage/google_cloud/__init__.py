"""Google Cloud: which project, bucket and dataset, the clients for them, and what to say when it refuses.

What is stored there is the concern of `objects` and `warehouse`. Nothing here is imported in the local
deployment, apart from the names of the settings.
"""
