"""Google Cloud: the settings of project, bucket and dataset, the clients, and the messages for refusals.

`objects` and `warehouse` decide what is stored there. The local deployment imports nothing from here except the
names of the settings.
"""
