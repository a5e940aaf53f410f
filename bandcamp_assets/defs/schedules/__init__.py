"""Schedules: what happens at a time. All times are UTC."""
