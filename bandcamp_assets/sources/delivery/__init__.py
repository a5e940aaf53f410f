"""Delivered files: their names, their compression, and their bytes as a stream."""
