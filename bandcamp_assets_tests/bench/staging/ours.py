"""The platform's own staging: every row is a typed sale of the contract or a rejected row with its reason."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from bandcamp_assets.lake.staging import stage_file


def main(source: Path, folder: Path) -> int:
    """Stage the file; give the number of staged rows."""
    (folder / "scratch").mkdir(parents=True)
    with source.open("rb") as stream:
        staged = stage_file(
            stream,
            file_id="bench",
            arrived_at=datetime.now(UTC),
            lake=folder / "lake",
            scratch=folder / "scratch",
            where=source.name,
        )
    return sum(day.rows for day in staged.days)


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
