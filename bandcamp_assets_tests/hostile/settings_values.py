"""Scenarios of unusual settings: all are accepted, or one clear error names one of them."""

from __future__ import annotations

import random
from pathlib import Path

from bandcamp_assets.deployment.settings import DESCRIPTIONS, PREFIX, Settings
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.hostile.checks import assert_one_clear_error, contents_of
from bandcamp_assets_tests.hostile.csv_files import TEXTS
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario

VALUES = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e3",
        "1_000",
        "999999999999999999999",
        "NaN",
        "١٢٣",
        "on",
        "off",
        "ON",
        "local",
        "gcp",
    ),
    *("~", "~nobody-here/x", "/", "..", "/dev/null", "x" * 5_000, "\udcff\udcfe", "a\nb", "\x1b[31mred", "C:\\x"),
    *("http://", "http://[", "http://[::1", "https://user:hidden@host/", "ftp://x", "//x", "http://x:99999/"),
    *(
        "http://x:port/",
        "http://\u2100.example",
        "https://example.com/?a=\u202e",
        "javascript:alert(1)",
        "file:///x",
    ),
    *(
        "tcp://",
        "tcp://h:0",
        "tcp://h:x",
        "a@b",
        "a@b\r\nBcc: c@d",
        "@",
        "a@b,c@d",
        "projects/x",
        "my-project",
        "EU",
    ),
)


def odd_settings(chance: random.Random, folder: Path) -> Outcome:
    """One to five settings with unusual values, sometimes with an unknown name."""
    names = [*DESCRIPTIONS, "BANDCAMP_HOMES", f"{PREFIX}{chance.choice(TEXTS)}".replace("\0", "")]
    chosen = chance.sample(names, chance.randrange(1, 6))
    values = [text for text in (*VALUES, *TEXTS) if "\0" not in text]  # an environment cannot contain a NUL
    env = {name: chance.choice(values) for name in chosen}
    try:
        Settings.from_env(env)
    except PlatformError as error:
        assert_one_clear_error(error, naming=PREFIX)
        outcome = Outcome("clear error")
    else:
        outcome = Outcome("settings")
    assert contents_of(folder) == {}
    return outcome


SCENARIOS = (Scenario("settings", "odd values", odd_settings),)
