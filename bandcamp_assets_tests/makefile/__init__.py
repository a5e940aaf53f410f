"""The Makefile: what it passes on, and how it makes the environment."""
