"""Sensors: what happens without a click because something is new, failed or was killed."""
