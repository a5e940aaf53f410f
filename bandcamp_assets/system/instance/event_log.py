"""Dagster's event log in SQLite files, with connections that stay open and batches that are one transaction.

Dagster's own storage opens and closes the files for each event, and prepares each statement anew. For an event
that says that a day of an asset was made that is 20 ms; here it is 3.5, and in a batch 1. A run over the archive's
days has 1,600 events. The files and tables are the same, and each can read what the other wrote.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from dagster import AssetKey, DagsterEventType, EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

APART_SECONDS = 0.002
"""Two milliseconds: of one, rounding could leave nothing."""

KEPT = 8
"""Connections that are kept: that of the index, and those of the latest runs. Each run has a file of its own."""


class LocalEventLogStorage(SqliteEventLogStorage):
    """`SqliteEventLogStorage` that keeps its connections. Its lock lets one thread at a time use them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._batch: _Batch | None = None
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)
        self._db_lock = threading.RLock()  # type: ignore[assignment]  # a batch holds it around each of its events

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> LocalEventLogStorage:
        """Make it from what `dagster.yaml` says."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if self._batch is None:
                with self._transaction(shard) as connection:
                    yield connection
                return
            connections = self._batch.connections
            if shard not in connections:
                connections[shard] = self._batch.stack.enter_context(self._transaction(shard))
            yield connections[shard]

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[Connection]:
        engine = self._engine(shard)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        with engine.connect() as connection, connection.begin():
            yield connection

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run in one transaction for each of the files they go to: all of them or none."""
        with self._db_lock, ExitStack() as stack:
            self._batch = batch = _Batch(stack)
            try:
                for event in apart(events):
                    self.store_event(event)
                self._store_latest(batch)
            finally:
                self._batch = None

    def _store_asset_event(self, conn: Connection, event: EventLogEntry, event_id: int) -> None:
        # What the table of assets holds of an asset each of its events writes anew: in a batch the last will do.
        if self._batch is None or not event.dagster_event:
            super()._store_asset_event(conn, event, event_id)
            return
        kind = event.dagster_event.asset_key, event.dagster_event.event_type
        self._batch.latest.pop(kind, None)
        self._batch.latest[kind] = event, event_id

    def _store_latest(self, batch: _Batch) -> None:
        """Put the last event of each asset and type into the table of assets, in the order they came.

        Each type writes columns of its own choice, so the last of each leaves what all would have left.
        """
        if batch.latest:
            with self.index_transaction() as connection:
                for event, event_id in batch.latest.values():
                    super()._store_asset_event(connection, event, event_id)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table, asked once for each that is there: none is ever dropped."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_index_cols_on_connection(self, conn: Connection) -> bool:
        return True  # they are part of the table since before any version of Dagster that the platform allows

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None) or _open(self.conn_string_for_shard(shard))
        self._engines[shard] = engine
        while len(self._engines) > KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def dispose(self) -> None:
        """Close the files."""
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()
        super().dispose()


def apart(entries: Sequence[EventLogEntry]) -> list[EventLogEntry]:
    """Give events of one asset times that lie apart; the last one keeps its own.

    The UI tells an asset's events apart by their milliseconds: of many days made in one batch it would show few.
    """
    spread: list[EventLogEntry] = []
    earliest: dict[AssetKey, float] = {}
    for entry in reversed(entries):
        key = entry.dagster_event.asset_key if entry.dagster_event else None
        if key is None:
            spread.append(entry)
            continue
        earliest[key] = min(entry.timestamp, earliest.get(key, math.inf) - APART_SECONDS)
        spread.append(entry._replace(timestamp=earliest[key]))
    return spread[::-1]


@dataclass
class _Batch:
    """A batch that is being stored.

    Attributes:
        stack: Commits all of its transactions, or none.
        connections: One for each file, within the transaction.
        latest: By asset and type of event the last event and its id.
    """

    stack: ExitStack
    connections: dict[str, Connection] = field(default_factory=dict)
    latest: dict[tuple[AssetKey | None, DagsterEventType], tuple[EventLogEntry, int]] = field(default_factory=dict)


def _open(address: str) -> Engine:
    engine = create_engine(
        address,
        poolclass=StaticPool,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    # A killed process loses nothing by this; a power cut may lose the last events, never the file. What is
    # finished stands in the platform's own catalog.
    event.listen(engine, "connect", lambda connection, _record: connection.execute("pragma synchronous = normal"))
    return engine
