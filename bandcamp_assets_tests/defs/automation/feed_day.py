"""A process that does the daemon's work on the feed once: polls it, then builds what changed.

It is run as a module with the home and the feed's address, and can be killed at any moment.
"""

from __future__ import annotations

import sys
from pathlib import Path

import dagster as dg

from bandcamp_assets.defs.jobs import POLL
from bandcamp_assets.system.instance.crashes import close_crashed_runs
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.defs.automation.robot import Robot
from bandcamp_assets_tests.homes import TestHome


def main() -> None:
    """Poll once and build."""
    home, url = TestHome(Path(sys.argv[1])), sys.argv[2]
    robot = Robot(
        home,
        {
            "BANDCAMP_FEED": "on",
            "BANDCAMP_FEED_URL": url,
            "BANDCAMP_FEED_PAUSE_SECONDS": "0",
            "BANDCAMP_FEED_MAX_PAGES": "10000",
        },
    )
    with open_instance(robot.deployment.settings.home) as instance:
        close_crashed_runs(instance)
    print("ready", flush=True)
    polled = robot.execute(dg.RunRequest(run_config=POLL), "poll_feed")
    robot.work()
    sys.exit(0 if polled.success else 3)


if __name__ == "__main__":
    main()
