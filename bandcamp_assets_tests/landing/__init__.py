"""Tests of how raw files arrive."""
