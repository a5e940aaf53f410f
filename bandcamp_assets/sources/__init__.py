"""How bytes come: the archive, files that people deliver, the live feed, and the synthetic sample.

Nothing here parses a sale, and nothing asks what has landed before: that is handed in.
"""
