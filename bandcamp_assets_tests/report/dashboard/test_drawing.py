"""Charts are drawn, or one clear error says why not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bandcamp_assets.report.drawing import compile_for_vega, draw_png

BARS = {
    "data": {"values": [{"day": "2020-09-09", "usd": 1.5}]},
    "mark": "bar",
    "encoding": {"y": {"field": "usd"}},
}

WITHOUT_FILES = """
import os, resource, sys
import vl_convert
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.report.drawing import draw_png

resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + int(sys.argv[1]),) * 2)
try:
    draw_png({"data": {"values": []}, "mark": "bar"})
except PlatformError as error:
    print(error)
"""


def test_a_chart_is_drawn_as_a_picture_and_compiled():
    assert draw_png(BARS).startswith(b"\x89PNG")
    assert compile_for_vega(BARS)["$schema"].startswith("https://vega.github.io/schema/vega/")


@pytest.mark.parametrize("left", ["0", "8"])
def test_an_engine_that_cannot_open_files_is_one_clear_error(left: str):
    command = [sys.executable, "-c", WITHOUT_FILES, left]
    said = subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL)

    what, where, remedy = said.strip().splitlines()
    assert what.startswith("The charts could not be drawn: ")
    assert "vl-convert" in where
    assert "ulimit -a" in remedy
