"""The command `bandcamp`: what people type. Everything it does, the Dagster UI does with the same assets."""

from typing import NoReturn


def run_command() -> NoReturn:
    """Run the command that the process was started with, and end the process."""
    from bandcamp_assets.cli.surroundings import stand_alone

    stand_alone()
    # Only now: what is imported before could be another project's.
    from bandcamp_assets.cli import process

    process.run_command()
