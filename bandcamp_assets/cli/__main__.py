"""`python -m bandcamp_assets.cli` is `bandcamp`."""

from bandcamp_assets.cli.main import main

main()
