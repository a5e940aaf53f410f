"""Damage and loss at rest."""
