"""The command `bandcamp`. The Dagster UI does the same with the same assets."""

from typing import NoReturn


def run_command() -> NoReturn:
    """Run the command of this process, and end the process."""
    from bandcamp_assets.cli.surroundings import stand_alone

    stand_alone()
    # Imported only now. Before `stand_alone`, another project's module could be imported.
    from bandcamp_assets.cli import process

    process.run_command()
