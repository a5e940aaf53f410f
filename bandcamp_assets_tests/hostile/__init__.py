"""Hostile deliveries, made from a seed: whatever comes in is staged, or is one clear error."""
