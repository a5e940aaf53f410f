"""What can be done to the files of a home, and which kinds of files it has: found by walking it.

So a new kind of file cannot be forgotten: a file that no name here fits is a kind of its own.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_NAMES = (
    (r"landing/.*manifest.*", "manifest of a raw file"),
    (r"landing/[0-9a-f]{16}/.*", "raw file"),
    (r"lake/staged_sales/.*", "staged file"),
    (r"lake/rejected_sales/.*", "rejected rows"),
    (r"lake/cleaned_sales/.*", "cleaned day"),
    (r"lake/duplicate_sales/.*", "duplicates of a day"),
    (r"lake/ledger\.parquet", "ledger"),
    (r"objects/sales/.*", "object of a day"),
    (r"objects/raw/.*", "archived raw file"),
    (r"warehouse\.duckdb", "warehouse"),
    (r"catalog\.sqlite", "catalog"),
    (r"inbox/.*", "file in the inbox"),
    (r"dashboard/index\.html", "dashboard"),
    (r"dashboard/dbt_docs/.*", "documentation"),
    (r"dashboard/charts\.json", "compiled charts"),
    (r"dagster/dagster\.yaml", "dagster.yaml"),
    (r"dagster/history/runs/index\.db", "history: index of events"),
    (r"dagster/history/runs/.*", "history: events of a run"),
    (r"dagster/history/runs\.db", "history: runs"),
    (r"dagster/schedules/.*", "history: schedules"),
    (r"dagster/storage/.*", "logs of steps"),
    (r"dbt/target/compiled/.*", "dbt: compiled SQL"),
    (r"dbt/target/lineage/.*", "dbt: lineage"),
    (r"dbt/logs/.*", "dbt: log"),
    (r"dbt/target/manifest\.json", "dbt: manifest"),
    (r"dbt/target/partial_parse\.msgpack", "dbt: parsed project"),
)


def kind_of(place: str) -> str:
    """What a file of a home is called here, by its place below it."""
    return next((name for pattern, name in _NAMES if re.fullmatch(pattern, place)), place)


def order_of(kind: str) -> int:
    """Where a kind stands in the table: what sales are made from first, and kinds without a name last."""
    names = [name for _, name in _NAMES]
    return names.index(kind) if kind in names else len(names)


@dataclass(frozen=True)
class Hurt:
    """Something done to a file.

    Attributes:
        name: As the table says.
        do: Does it to the file, given the older copy if there is one.
        needs_older: Whether an older copy that differs is needed.
        is_silent: Whether size and time stay, so that only reading the bytes can tell.
    """

    name: str
    do: Callable[[Path, Path], None]
    needs_older: bool = False
    is_silent: bool = False


def _empty(path: Path, _older: Path) -> None:
    path.write_bytes(b"")


def _remove(path: Path, _older: Path) -> None:
    path.unlink()


def _damage(path: Path, _older: Path) -> None:
    body = bytearray(path.read_bytes())
    start = len(body) // 3
    for place in range(start, min(start + max(len(body) // 10, 1), len(body))):
        body[place] ^= 0x5A
    path.write_bytes(body)


def _damage_silently(path: Path, older: Path) -> None:
    stat = path.stat()
    _damage(path, older)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _put_back_older(path: Path, older: Path) -> None:
    shutil.copy2(older, path)


HURTS = (
    Hurt("emptied", _empty),
    Hurt("removed", _remove),
    Hurt("damaged", _damage),
    Hurt("damaged, same time", _damage_silently, is_silent=True),
    Hurt("older copy", _put_back_older, needs_older=True),
)


def one_of_each_kind(home: Path, older: Path) -> dict[str, str]:
    """A file of each kind, by the kind: one that differs in an older copy of the home, if there is such."""
    found: dict[str, list[str]] = {}
    for path in sorted(home.rglob("*")):
        if path.is_file() and not path.name.endswith(".lock"):
            place = path.relative_to(home).as_posix()
            found.setdefault(kind_of(place), []).append(place)
    return {
        kind: next((place for place in places if differs(home / place, older / place)), places[0])
        for kind, places in found.items()
    }


def differs(path: Path, older: Path) -> bool:
    """Whether there is an older copy with other bytes."""
    return older.is_file() and older.read_bytes() != path.read_bytes()
