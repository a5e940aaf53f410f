"""What the emulator works out of a text, it works out once: the trees of SQL, and SQL for DuckDB.

No mend of a behaviour, but of its speed: some twenty parts of the emulator parse each statement anew, and a build
that is done again sends the same statements again.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, Generic, TypeVar

from bqemulator.domain.result import Ok
from bqemulator.jobs import executor
from bqemulator.row_access.identity import CallerIdentity
from bqemulator.scripting import interpreter
from bqemulator.sql.translator import SQLTranslator
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions import core

from bandcamp_assets_tests.emulators.mending import Part, wrap

TREES = 256
TRANSLATIONS = 2048
"""How many are remembered: those of one request and its neighbours; those of a few builds."""

_CHANGES_BY_ITSELF = re.compile(r"\b(current_\w+|session_user|rand|generate_uuid)\b", re.IGNORECASE)

_ATOMS = frozenset({bool, float, int, str, type(None)})

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """Values by what they were made from; the oldest are forgotten."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value], *, keep: Callable[[Value], bool]) -> Value:
        """The value of a key, made if it is not known, and kept if it may be."""
        if key in self._values:
            return self._values[key]
        value = make()
        if keep(value):
            self._values[key] = value
            if len(self._values) > self._size:
                self._values.popitem(last=False)
        return value


def apply() -> None:
    """Puts the memories in place, for this process. After all mends of the dialect, which they then hold."""
    wrap(core, "deepcopy", shallow_where_that_is_deep)
    wrap(Dialect, "parse", remembering_trees)
    wrap(SQLTranslator, "translate", remembering_translations)
    for module in (executor, interpreter):
        wrap(module, "rewrite_table_refs", lru_cache(TRANSLATIONS))


def shallow_where_that_is_deep(original: Part) -> Part:
    """Copy what each node carries beside its arguments: comments, and where in the text it stood."""

    def copy(value: Any) -> Any:  # noqa: ANN401 - as the original
        if type(value) is dict and _ATOMS.issuperset(map(type, value.values())):
            return value.copy()
        if type(value) is list and _ATOMS.issuperset(map(type, value)):
            return value.copy()
        return original(value)

    return copy


def remembering_trees(original: Part) -> Part:
    """Parse each text once; everybody gets a copy of the tree, to change as they like."""
    memory: Memory[list[exp.Expr | None]] = Memory(TREES)

    def parse(dialect: Dialect, sql: str, **options: object) -> list[exp.Expr | None]:
        if options or dialect.settings:
            others: list[exp.Expr | None] = original(dialect, sql, **options)
            return others
        trees = memory.get((type(dialect), sql), lambda: original(dialect, sql), keep=lambda _: True)
        return [tree and tree.copy() for tree in trees]

    return parse


def remembering_translations(original: Part) -> Part:
    """Translate a statement once for the same columns and caller, unless it means something else each time."""
    memory: Memory[Any] = Memory(TRANSLATIONS)

    def translate(
        translator: SQLTranslator,
        bq_sql: str,
        *,
        schema: dict[str, Any] | None = None,
        caller: CallerIdentity | None = None,
        **options: object,
    ) -> Any:  # noqa: ANN401 - the emulator's own result
        def make() -> Any:  # noqa: ANN401
            return original(translator, bq_sql, schema=schema, caller=caller, **options)

        steady = not options and not _CHANGES_BY_ITSELF.search(bq_sql)
        return memory.get(
            (bq_sql, repr(schema), repr(caller)), make, keep=lambda result: steady and isinstance(result, Ok)
        )

    return translate
