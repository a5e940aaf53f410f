"""Tells people what is wrong: once, in words, without secrets, and again when it is mended.

`fault` says what a fault is; `run_ends` reads which runs have ended, `run_faults` what went wrong in them;
`freshness` and `feed_gaps` find what is wrong without a run; `flood` decides what is worth a message, `message`
words it, `outbox` keeps it until `targets` have it; `sensor` does all that, tick by tick.
"""
