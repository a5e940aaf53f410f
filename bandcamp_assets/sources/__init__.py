"""Where the data comes from: the archive, files that people deliver, the live feed, and the synthetic sample.

Nothing here parses a sale or asks what has landed before; the caller passes that in.
"""
