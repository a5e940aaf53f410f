"""Mends of the emulator's SQL: where what it runs on DuckDB differs from GoogleSQL.

Only what makes results right belongs here; loads, jobs and tables are mended in the other `bigquery_*` modules.
What BigQuery refuses and the emulator takes, Google's own engine finds (`bandcamp_assets_tests.googlesql`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import wraps
from types import ModuleType
from typing import Any

from bqemulator.jobs import executor
from bqemulator.scripting import interpreter
from bqemulator.sql.rewriter import create_table_schema_ctas, information_schema
from bqemulator.sql.rules import register
from bqemulator.sql.rules._base import TranslationRule
from bqemulator.sql.translator import SQLTranslator
from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u([0-9a-fA-F]{4})")
_QUOTED_SCHEMA_VIEW = re.compile(r"`(INFORMATION_SCHEMA\.\w+)`", re.IGNORECASE)
_NEEDS_PARSING = re.compile(r"\bdiv\(|\bbignumeric\b", re.IGNORECASE)
_COMMENTS = r"(?:\s+|/\*.*?\*/|--[^\n]*\n)*"
_SET_OPTIONS = re.compile(_COMMENTS + r"alter\s+table\s+\S+\s+set\s+options\s*\(.*\)[\s;]*", re.I | re.S)

Translate = Callable[..., Awaitable[str]]


def apply() -> None:
    """Applies every mend of this module to the emulator in this process."""
    for rule in (NumericKeepsItsScale, BignumericIsWhole):
        register(rule)
    for module in (executor, interpreter):
        _wrap(module, "rewrite_and_translate_statement", _mended_first)
        # Queries of a view are made from its text as the catalogue holds it.
        _wrap(module, "sync_created_view", _keeping_mended)
    _wrap(create_table_schema_ctas, "_first_select", _inside_parentheses)
    information_schema._sql_literal = text_literal
    # The executor made its translator from the rules known when it was imported.
    executor._translator = SQLTranslator()


def _wrap(module: ModuleType, name: str, wrapper: Callable[[Any], Any]) -> None:
    setattr(module, name, wrapper(getattr(module, name)))


def _mended_first(translate: Translate) -> Translate:
    @wraps(translate)
    async def translate_mended(bq_sql: str, **options: object) -> str:
        return await translate(mended(bq_sql), **options)

    return translate_mended


def _keeping_mended(sync: Callable[..., None]) -> Callable[..., None]:
    @wraps(sync)
    def sync_mended(bq_sql: str, *arguments: object) -> None:
        sync(mended(bq_sql), *arguments)

    return sync_mended


def _inside_parentheses(first_select: Callable[..., exp.Select | None]) -> Callable[..., exp.Select | None]:
    """`CREATE TABLE t (columns) AS (SELECT …)` is the same without the parentheses, which the emulator misses."""

    def unwrapped(body: exp.Expression | None) -> exp.Select | None:
        return first_select(body.unnest() if isinstance(body, exp.Subquery) else body)

    return unwrapped


def text_literal(value: str | None) -> str:
    """A text in `INFORMATION_SCHEMA` as GoogleSQL writes it, with backslashes; the emulator doubles quotes."""
    if value is None:
        return "NULL"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def mended(sql: str) -> str:
    """GoogleSQL that means the same and that the emulator translates rightly."""
    sql = schema_views_without_quotes(without_set_options(characters_for_escapes(sql)))
    if not _NEEDS_PARSING.search(sql):
        return sql
    try:
        tree = parse_one(sql, read="bigquery")
    except ParseError:
        return sql  # the emulator's own error says more
    return whole_divisions_in_parentheses(tree).sql(dialect="bigquery")


def characters_for_escapes(sql: str) -> str:
    r"""`\u00a0` in a string is a character; the emulator would take it for six."""
    return _ESCAPE.sub(_character, sql)


def _character(escape: re.Match[str]) -> str:
    character = chr(int(escape[2], 16))
    return escape[1] + ("\\" + character if character in "\\'\"`" else character)


def without_set_options(sql: str) -> str:
    """`ALTER TABLE … SET OPTIONS` does nothing; the emulator knows that, but not with parentheses in a text."""
    return "select 1" if _SET_OPTIONS.fullmatch(sql) else sql


def schema_views_without_quotes(sql: str) -> str:
    """With a default dataset the emulator writes `INFORMATION_SCHEMA.COLUMNS` as one name, and then misses it."""
    return _QUOTED_SCHEMA_VIEW.sub(r"\1", sql)


def whole_divisions_in_parentheses(tree: exp.Expr) -> exp.Expr:
    """`DIV(a + b, c)` becomes an operator in DuckDB, which without parentheses would mean `a + (b // c)`."""
    for division in tree.find_all(exp.IntDiv):
        for side in ("this", "expression"):
            division.set(side, exp.Paren(this=division.args[side]))
    return tree.transform(lambda node: exp.Paren(this=node) if _is_bare_division(node) else node)


def _is_bare_division(node: exp.Expr) -> bool:
    return isinstance(node, exp.IntDiv) and not isinstance(node.parent, exp.Paren)


def _digits(node: exp.Expression) -> list[str] | None:
    """The parameters of a decimal type; None for any other node."""
    if not isinstance(node, exp.DataType) or node.this != exp.DataType.Type.DECIMAL:
        return None
    return [one.name for one in node.expressions]


class NumericKeepsItsScale(TranslationRule):
    """`NUMERIC` is DECIMAL(38, 9); without parameters it would become DuckDB's default, DECIMAL(18, 3)."""

    name = "NUMERIC_KEEPS_ITS_SCALE"

    def applies_to(self, node: exp.Expression) -> bool:
        """Matches what a decimal type without parameters is read as."""
        return _digits(node) in ([], ["18", "3"])

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        """Gives it BigQuery's precision and scale."""
        return exp.DataType.build("DECIMAL(38, 9)", dialect="duckdb")


class BignumericIsWhole(TranslationRule):
    """`BIGNUMERIC` is a HUGEINT: 38 digits, all before the point, where the real one has 38 behind it too.

    DuckDB has no decimal of 76 digits, and of the emulator's 38 five would be spent behind the point. Only a
    literal may have decimals, nine of them; other fractions would be rounded.
    """

    name = "BIGNUMERIC_IS_WHOLE"

    def applies_to(self, node: exp.Expression) -> bool:
        """Matches what `BIGNUMERIC` without parameters is translated to."""
        return _digits(node) == ["38", "5"]

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        """Gives DuckDB's widest whole number, or NUMERIC for a literal with decimals."""
        value = node.parent.this if isinstance(node.parent, exp.Cast) else None
        has_decimals = isinstance(value, exp.Literal) and "." in value.name
        return exp.DataType.build("DECIMAL(38, 9)" if has_decimals else "INT128", dialect="duckdb")
