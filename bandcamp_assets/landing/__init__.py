"""The step from a source to a recorded raw file: what lands, what is refused, and a home that lost its catalog.

How bytes are fetched and unpacked stands in `sources`; what is recorded stands in `state`.
"""
