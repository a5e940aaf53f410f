"""Schedules. All times are UTC."""
