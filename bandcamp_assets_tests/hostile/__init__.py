"""Hostile deliveries, made from a seed: each is staged, or is one clear error."""
