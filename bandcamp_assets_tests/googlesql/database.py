"""A database in the engine: tables with rows, and the statements that read and make them.

Everything a statement needs is sent with it, as the engine keeps nothing. A view is a table here: its rows are
those of the moment when it was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service
from zetasql.wasi._pb2.zetasql.local_service.local_service_pb2 import TableContent
from zetasql.wasi._pb2.zetasql.proto.simple_catalog_pb2 import SimpleCatalogProto
from zetasql.wasi._pb2.zetasql.public.simple_table_pb2 import SimpleTableProto
from zetasql.wasi._pb2.zetasql.resolved_ast.resolved_ast_pb2 import AnyResolvedStatementProto

from bandcamp_assets_tests.googlesql.engine import GoogleSqlEngine, RefusedSql
from bandcamp_assets_tests.googlesql.language import ALIASES, language, options
from bandcamp_assets_tests.googlesql.syntax import Creation, Query, Replacement, Unknown, parse
from bandcamp_assets_tests.googlesql.values import DTYPES, content_of, frame_of, kind_of


class GoogleSql:
    """Tables by their full name, `project.dataset.table`."""

    def __init__(self, engine: GoogleSqlEngine) -> None:
        self._engine = engine
        self._tables: dict[str, pl.DataFrame] = {}
        self._contents: dict[str, TableContent] = {}
        self._required: dict[str, list[str]] = {}

    def load(self, name: str, rows: pl.DataFrame) -> None:
        """Make `rows` all that a table holds."""
        self._tables[name] = rows
        self._contents[name] = content_of(rows)

    def table(self, name: str) -> pl.DataFrame:
        """All rows of a table or view."""
        return self._tables[name]

    def analyse(self, sql: str) -> pl.DataFrame:
        """Judge one statement as it stands: its syntax, names, types, functions and options.

        Returns:
            No rows, with the columns that a query gives; no columns for anything else.

        Raises:
            RefusedSql: If it is not GoogleSQL, or not about the tables there are.
        """
        match parse(self._engine, sql):
            case Creation(query=query, is_table=True):
                self._analyse(query.sql)
                return self._analyse(sql, digits=True)
        return self._analyse(sql)

    def _analyse(self, sql: str, *, digits: bool = False) -> pl.DataFrame:
        given = self._judged(sql, digits=digits).resolved_query_stmt_node.output_column_list
        return pl.DataFrame(schema={one.name: DTYPES[one.column.type.type_kind] for one in given})

    def _judged(self, sql: str, *, digits: bool) -> AnyResolvedStatementProto:
        request = service.AnalyzeRequest(sql_statement=sql, options=options(digits=digits))
        request.simple_catalog.CopyFrom(self._catalog())
        return self._engine.ask("Analyze", request, service.AnalyzeResponse).resolved_statement

    def run(self, sql: str) -> pl.DataFrame:
        """Judge one statement, then do what it says.

        Returns:
            The rows of a query; no rows of anything else.

        Raises:
            RefusedSql: If the engine refuses it, or a row has no value where the table demands one.
            ValueError: If it can be analysed, but not run here.
        """
        statement = parse(self._engine, sql)
        judged = self._judged(sql, digits=isinstance(statement, Creation) and statement.is_table)
        match statement:
            case Query() as query:
                return self._rows(query)
            case Creation(name, query):
                self._write(name, self._rows(query), _required(judged))
            case Replacement(name, kept, added):
                rows = pl.concat([self._rows(kept), self._rows(added)])
                self._write(name, rows.select(self._tables[name].columns), self._required.get(name, []))
            case Unknown(reason):
                raise ValueError(reason)
        return pl.DataFrame()

    def _write(self, name: str, rows: pl.DataFrame, required: list[str]) -> None:
        for column in required:
            if rows[column].null_count():
                raise RefusedSql(f"Required field {column} cannot be null")
        self._required[name] = required
        self.load(name, rows)

    def _rows(self, query: Query) -> pl.DataFrame:
        request = service.EvaluateQueryRequest(sql=query.sql, options=options())
        read = {name: self._tables[name] for name in query.tables if name in self._tables}
        request.simple_catalog.CopyFrom(_flat_catalog(read))
        for name in read:
            request.table_content[name].CopyFrom(self._contents[name])
        answer = self._engine.ask("EvaluateQuery", request, service.EvaluateQueryResponse)
        columns = [(column.name, column.type.type_kind) for column in answer.prepared.columns]
        return frame_of(answer.content, columns)

    def _catalog(self) -> SimpleCatalogProto:
        """All tables, each by its parts and by its whole name."""
        catalog = _flat_catalog(self._tables)
        for number, (name, rows) in enumerate(self._tables.items(), start=len(self._tables)):
            *path, table = name.split(".")
            _inside(catalog, path).table.append(_table(table, rows, number))
        return catalog


def _required(judged: AnyResolvedStatementProto) -> list[str]:
    """The columns that a statement makes `not null`."""
    base = judged.resolved_create_statement_node.resolved_create_table_stmt_base_node
    columns = base.resolved_create_table_as_select_stmt_node.parent.column_definition_list
    return [column.name for column in columns if column.annotations.not_null]


def _flat_catalog(tables: Mapping[str, pl.DataFrame]) -> SimpleCatalogProto:
    catalog = SimpleCatalogProto(name="bigquery")
    catalog.builtin_function_options.language_options.CopyFrom(language())
    for alias, kind in ALIASES.items():
        catalog.named_type.add(name=alias).type.type_kind = kind
    for number, (name, rows) in enumerate(tables.items()):
        catalog.table.append(_table(name, rows, number))
    return catalog


def _inside(catalog: SimpleCatalogProto, path: Sequence[str]) -> SimpleCatalogProto:
    """The catalogue at the end of a path of names, made where it is missing."""
    for name in path:
        found = [one for one in catalog.catalog if one.name == name]
        catalog = found[0] if found else catalog.catalog.add(name=name)
    return catalog


def _table(name: str, rows: pl.DataFrame, number: int) -> SimpleTableProto:
    table = SimpleTableProto(name=name, serialization_id=number)
    for column, dtype in rows.schema.items():
        added: Any = table.column.add(name=column, is_writable_column=True)
        added.type.type_kind = kind_of(dtype)
    return table
