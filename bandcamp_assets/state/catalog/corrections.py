"""Decides on a correction once its rows are staged: it replaces the earlier file, or it is refused.

A file with rows but without a valid sale does not replace a file with sales, as that is surely a mistake. A file
with only the header does replace it: that is the way to remove rows.

Each name in an inbox is judged by itself, in the order of its deliveries. The result does not depend on the order
of staging: it is as if each delivery had been staged before the next one came. All functions run within a
    transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from bandcamp_assets.state.catalog import raw_files
from bandcamp_assets.system.errors import PlatformError


class _Rows(Enum):
    """What is known about the rows of a raw file."""

    SALES = "some are sales"
    NO_SALE = "none is a sale"
    NONE = "there are none"
    UNKNOWN = "it is not staged yet"
    WITHDRAWN = "they do not count"


@dataclass
class _Name:
    """A name in an inbox whose last delivery is not judged yet.

    Attributes:
        inbox: The inbox.
        name: The name.
        file_id: The raw file that the name stands for.
        before: See `Delivery.before`.
        refused: Why its last delivery is refused now, and its raw file; both empty if it is not refused.
    """

    inbox: str
    name: str
    file_id: str
    before: list[tuple[str, bool]]
    refused: tuple[str, str] = ("", "")


@dataclass
class _Judgement:
    """All names that are not judged yet, and the files to withdraw once they are."""

    connection: sqlite3.Connection
    names: list[_Name]
    replaced: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def judge(self, one: _Name) -> bool:
        """Judge the deliveries of a name as far as possible. Returns whether one was judged."""
        return self._judge_last(one) or any(
            self._judge_earlier(one, place) for place in range(len(one.before) - 1, 0, -1)
        )

    def _judge_last(self, one: _Name) -> bool:
        if not one.before:
            return False
        decision = self._decide(one.before[-1][0], one.file_id)
        if decision is None:
            return False
        if decision:
            self._accept(one, len(one.before))
            return True
        self.refused.append(one.file_id)
        one.refused = (_reason(self.connection, one), one.file_id)
        one.file_id = one.before.pop()[0]
        # The name stands for its earlier file again, so that file must stay, also if another name was to replace
        # it.
        self._mark(one.file_id, goes=False)
        return True

    def _judge_earlier(self, one: _Name, place: int) -> bool:
        """Judge a delivery that a later one followed before it was staged."""
        decision = self._decide(one.before[place - 1][0], one.before[place][0])
        if decision is None:
            return False
        if decision:
            self._accept(one, place)
        else:
            self.refused.append(one.before.pop(place)[0])
        return True

    def _decide(self, earlier: str, later: str) -> bool | None:
        """Whether a file replaces another; None while that is not known."""
        found = _rows(self.connection, later)
        if found is _Rows.UNKNOWN:
            return None
        if found is not _Rows.NO_SALE:
            return True
        before = _rows(self.connection, earlier)
        return None if before is _Rows.UNKNOWN else before is not _Rows.SALES

    def _accept(self, one: _Name, place: int) -> None:
        self.replaced += [file_id for file_id, goes in one.before[:place] if goes]
        one.before = one.before[place:]

    def _mark(self, file_id: str, *, goes: bool) -> None:
        for one in self.names:
            one.before = [(held, goes if held == file_id else before) for held, before in one.before]

    def withdraw(self) -> None:
        """Withdraw replaced and refused files, except those that a name may still have to stand for again."""
        needed = {file_id for one in self.names for file_id, _goes in one.before}
        for file_id in self.replaced:
            if file_id in needed:
                self._mark(file_id, goes=True)
            else:
                raw_files.withdraw(self.connection, file_id)
        for file_id in self.refused:
            if file_id not in needed and not _was_delivered_otherwise(self.connection, file_id):
                raw_files.withdraw(self.connection, file_id)


def settle(connection: sqlite3.Connection) -> None:
    """Judge all corrections whose rows are staged now. They replace files, or are refused."""
    _take_over(connection)
    names = [
        _Name(inbox, name, file_id, [(held, goes) for held, goes in json.loads(before)])
        for inbox, name, file_id, before in connection.execute(
            "select inbox, name, file_id, before from deliveries where before <> '[]' order by inbox, name"
        )
    ]
    judgement = _Judgement(connection, names)
    any_judged = False
    while any(judgement.judge(one) for one in names):
        any_judged = True
    if any_judged:
        _write(connection, names)
        judgement.withdraw()
        _write(connection, names)


def keep(connection: sqlite3.Connection, file_id: str) -> None:
    """Keep a file that was going to be replaced by another one, because it was delivered again."""
    connection.execute("delete from corrections where old_file_id = ?", (file_id,))
    rows = connection.execute("select inbox, name, before from deliveries where before <> '[]'").fetchall()
    for inbox, name, text in rows:
        before = [(held, goes and held != file_id) for held, goes in json.loads(text)]
        connection.execute(
            "update deliveries set before = ? where inbox = ? and name = ?", (json.dumps(before), inbox, name)
        )


def _take_over(connection: sqlite3.Connection) -> None:
    """Take over unstaged corrections that an earlier version recorded."""
    pairs = connection.execute("select old_file_id, new_file_id from corrections").fetchall()
    for old, new in pairs:
        connection.execute(
            "update deliveries set before = ? where file_id = ? and before = '[]'",
            (json.dumps([(old, True)]), new),
        )
    if pairs:
        connection.execute("delete from corrections")


def _write(connection: sqlite3.Connection, names: Sequence[_Name]) -> None:
    for one in names:
        why, refused = one.refused
        connection.execute(
            "update deliveries set file_id = ?1, before = ?2,"
            " refused = case when ?4 = '' then refused else ?3 end,"
            " refused_file_id = case when ?4 = '' then refused_file_id else ?4 end"
            " where inbox = ?5 and name = ?6",
            (one.file_id, json.dumps(one.before), why, refused, one.inbox, one.name),
        )


def _reason(connection: sqlite3.Connection, one: _Name) -> str:
    rows, reasons = connection.execute(
        "select raw_rows, rejected from staged_files where file_id = ?", (one.file_id,)
    ).fetchone()
    said = ", ".join(f"{reason} {count:,}" for reason, count in sorted(json.loads(reasons).items()) if count)
    return str(
        PlatformError(
            f"None of the {rows:,} rows of this correction is a valid sale ({said}); the earlier rows stay",
            where=f"{one.inbox}/{one.name}",
            remedy="deliver a corrected file under the same name (a file with only the header removes the rows)",
        )
    )


def _rows(connection: sqlite3.Connection, file_id: str) -> _Rows:
    row = connection.execute(
        "select f.withdrawn_at, s.raw_rows, (select sum(d.rows) from staged_days d where d.file_id = f.file_id)"
        " from raw_files f left join staged_files s using (file_id) where f.file_id = ?",
        (file_id,),
    ).fetchone()
    if row is None or row[0] is not None:
        return _Rows.WITHDRAWN
    if row[1] is None:
        return _Rows.UNKNOWN
    if row[2]:
        return _Rows.SALES
    return _Rows.NO_SALE if row[1] else _Rows.NONE


def _was_delivered_otherwise(connection: sqlite3.Connection, file_id: str) -> bool:
    """Whether a refused file was also delivered in another way: by its path, or as the first file of its name."""
    names = connection.execute("select 1 from deliveries where file_id = ?", (file_id,)).fetchone()
    origin = connection.execute("select origin from raw_files where file_id = ?", (file_id,)).fetchone()
    return names is not None or (origin is not None and not str(origin[0]).startswith(("inbox:", raw_files.FOUND)))
