"""What both launcher modules share: their arguments, and ending when the process that started them ends."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path


def argument_parser(description: str) -> argparse.ArgumentParser:
    """A parser of the arguments that every emulator takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps everything")
    parser.add_argument("--project", required=True, help="the one project that exists")
    parser.add_argument(
        "--end-with-parent",
        action="store_true",
        help="end when standard input closes, so that no killed test leaves it",
    )
    return parser


def end_with_parent() -> None:
    """Ends this process as soon as its standard input closes, however its parent died."""
    threading.Thread(target=_wait_for_end_of_input, daemon=True).start()


def _wait_for_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(0)
