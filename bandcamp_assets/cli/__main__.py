"""`python -m bandcamp_assets.cli` is `bandcamp`."""

from bandcamp_assets.cli import run_command

run_command()
