"""Statements taken apart by the engine's own parser, as it can run queries alone: what is made, from which query.

Two things are said in another way before a query runs; what is analysed is always the statement as it was sent.

- A table named in three parts becomes one name: the engine takes rows only for tables of its outermost catalogue.
- `merge … on false` becomes the two queries that it means. The engine knows MERGE, but does not run it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service
from zetasql.wasi._pb2.zetasql.parser.ast_enums_pb2 import ASTMergeActionEnums, ASTMergeWhenClauseEnums

from bandcamp_assets_tests.googlesql.engine import GoogleSqlEngine
from bandcamp_assets_tests.googlesql.language import language

Node = Any
"""A message of the parser's tree; its classes have no common one but `Message`."""

_DELETE = (ASTMergeActionEnums.DELETE, ASTMergeWhenClauseEnums.NOT_MATCHED_BY_SOURCE)
_INSERT = (ASTMergeActionEnums.INSERT, ASTMergeWhenClauseEnums.NOT_MATCHED_BY_TARGET)


@dataclass(frozen=True)
class Query:
    """A query.

    Attributes:
        sql: Its text, with names of tables in one part.
        tables: The tables it reads.
    """

    sql: str
    tables: frozenset[str]


@dataclass(frozen=True)
class Creation:
    """`create or replace`, a table or a view, and the query that gives its rows."""

    name: str
    query: Query
    is_table: bool


@dataclass(frozen=True)
class Replacement:
    """A merge that joins nothing: rows of the target go, and the rows of a query come.

    Attributes:
        kept: The query for the rows of the target that stay.
        added: The query for the rows that come.
    """

    name: str
    kept: Query
    added: Query


@dataclass(frozen=True)
class Options:
    """Options of a table, which change no row."""


@dataclass(frozen=True)
class Unknown:
    """A statement that can be analysed, but not run here.

    Attributes:
        reason: Why.
    """

    reason: str


Statement = Query | Creation | Replacement | Options | Unknown


def parse(engine: GoogleSqlEngine, sql: str) -> Statement:
    """Take one statement apart.

    Raises:
        RefusedSql: If it is not GoogleSQL.
    """
    request = service.ParseRequest(sql_statement=sql, options=language(digits=True))
    tree = engine.ask("Parse", request, service.ParseResponse).parsed_statement
    text = sql.encode()
    for node in _nodes(tree):
        match node.DESCRIPTOR.name:
            case "ASTQueryStatementProto":
                return _query(text, node.query)
            case "ASTCreateTableStatementProto":
                return Creation(_name(node.parent.name), _query(text, node.query), is_table=True)
            case "ASTCreateViewStatementProto":
                return Creation(_name(node.parent.name), _query(text, node.parent.query), is_table=False)
            case "ASTMergeStatementProto":
                return _replacement(text, node)
            case "ASTAlterTableStatementProto":
                return Options()
    return Unknown(f"This kind of statement cannot be run here: {sql[:200]}")


def _replacement(text: bytes, merge: Node) -> Replacement | Unknown:
    name, actions = _name(merge.target_path), {}
    for clause in merge.when_clauses.clause_list:
        actions[clause.action.action_type, clause.match_type] = clause
    if _text(text, merge.merge_condition).lower() != "false" or set(actions) != {_DELETE, _INSERT}:
        return Unknown(f"Only a merge that joins nothing, deletes and inserts can be run here: {name}")
    delete = actions[_DELETE]
    gone = _text(text, delete.search_condition) if delete.HasField("search_condition") else "true"
    columns = [one.id_string for one in actions[_INSERT].action.insert_column_list.identifiers]
    values = [_text(text, one).strip("`") for one in actions[_INSERT].action.insert_row.values]
    if values != columns or _parts(merge.target_path) != 3:
        return Unknown(f"A merge that inserts other values than its columns cannot be run here: {name}")
    added = _query(text, merge.table_expression.ast_table_subquery_node.subquery)
    listed = ", ".join(f"`{column}`" for column in columns)
    alias = merge.alias.identifier.id_string
    kept = f"select {listed} from `{name}` as {alias} where not coalesce({gone}, false)"
    return Replacement(
        name, Query(kept, frozenset({name})), Query(f"select {listed} from ({added.sql})", added.tables)
    )


def _query(text: bytes, query: Node) -> Query:
    """The text of a query, with each table named in one part, and called by its own name where it has no alias."""
    start, end = _range(query)
    tables, pieces, done = set(), [], start
    for node in _nodes(query):
        if node.DESCRIPTOR.name != "ASTTablePathExpressionProto" or not node.HasField("path_expr"):
            continue
        name = _name(node.path_expr)
        tables.add(name)
        if _parts(node.path_expr) == 1:
            continue
        alias = "" if node.HasField("alias") else f" as `{name.rpartition('.')[2]}`"
        first, last = _range(node.path_expr)
        pieces += [text[done:first], f"`{name}`{alias}".encode()]
        done = last
    return Query(b"".join([*pieces, text[done:end]]).decode(), frozenset(tables))


def _nodes(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the text."""
    yield node
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        for below in value if field.is_repeated else [value]:
            yield from _nodes(below)


def _name(path: Node) -> str:
    return ".".join(part.id_string for part in path.names)


def _parts(path: Node) -> int:
    return len(path.names)


def _text(text: bytes, node: Node) -> str:
    start, end = _range(node)
    return text[start:end].decode()


def _range(node: Node) -> tuple[int, int]:
    """Where a node stands in the text, in bytes: its outermost ancestor class knows."""
    for below in _nodes(node):
        if below.DESCRIPTOR.name == "ParseLocationRangeProto":
            return below.start, below.end
    raise ValueError(f"The parser does not say where a {node.DESCRIPTOR.name} stands")
