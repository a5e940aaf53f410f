"""The tests of the emulators use the fixtures that they offer to others."""

from __future__ import annotations

from bandcamp_assets_tests.emulators.fixtures import google_cloud, place

__all__ = ["google_cloud", "place"]
