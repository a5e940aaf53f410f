"""`python -m bandcamp_assets.cli` is `bandcamp`."""

from bandcamp_assets.cli.process import run_command

run_command()
