"""Tests of what people install without a clone: the wheel, its extras, an empty environment."""
