"""Tells people what is wrong: once, in plain words, without secrets, and again when it is fixed.

`fault` says what a fault is, `conditions` words what is wrong without a run, `flood` decides what is worth a
message, `message` words it, and `delivery` brings it to its targets. `state` is all that the sensor
`defs.sensors.alerts` remembers. Nothing here knows Dagster: faults are handed in as plain values.
"""
