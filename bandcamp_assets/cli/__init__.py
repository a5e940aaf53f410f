"""The command `bandcamp`: what people type. Everything it does, the Dagster UI does with the same assets."""

from bandcamp_assets.cli.process import run_command

__all__ = ["run_command"]
