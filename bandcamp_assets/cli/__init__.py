"""The command `bandcamp`: what people type. Everything it does, the Dagster UI does with the same assets."""

from bandcamp_assets.cli.main import main

__all__ = ["main"]
