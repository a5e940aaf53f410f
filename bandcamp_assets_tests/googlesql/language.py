"""BigQuery's language as the engine is told it: what our SQL may use, and nothing else.

The engine knows much that BigQuery does not have. So each feature, kind of statement and table option that our
SQL uses is named here, and BigQuery's reference documents all of them. What is not named is an error.
"""

from __future__ import annotations

from zetasql.wasi._pb2.zetasql.proto import options_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2 as public
from zetasql.wasi._pb2.zetasql.public.type_pb2 import TypeKind
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2 as kinds

FEATURES = (
    "ANALYTIC_FUNCTIONS",
    "BIGNUMERIC_TYPE",
    "CREATE_TABLE_AS_SELECT_COLUMN_LIST",
    "CREATE_TABLE_CLUSTER_BY",
    "CREATE_TABLE_NOT_NULL",
    "CREATE_TABLE_PARTITION_BY",
    "DECIMAL_ALIAS",
    "NUMERIC_TYPE",
    "WITH_ON_SUBQUERY",
)

DIGITS = "PARAMETERIZED_TYPES"
"""`numeric(18, 2)`: only where columns of tables are defined. In a cast it is an error in BigQuery."""

STATEMENTS = ("QUERY", "CREATE_TABLE_AS_SELECT", "CREATE_VIEW", "ALTER_TABLE", "MERGE")

ALIASES = {"bigint": TypeKind.TYPE_INT64}
"""Other names of types that BigQuery documents, and the engine lacks."""

TABLE_OPTIONS = {"description": TypeKind.TYPE_STRING}


def language(*, digits: bool = False) -> options_pb2.LanguageOptionsProto:
    """What a statement may use.

    Args:
        digits: Whether types may have digits, as in the columns of a table.
    """
    features = [*FEATURES, DIGITS] if digits else FEATURES
    return options_pb2.LanguageOptionsProto(
        product_mode=public.PRODUCT_EXTERNAL,
        name_resolution_mode=public.NAME_RESOLUTION_DEFAULT,
        enabled_language_features=[public.LanguageFeature.Value(f"FEATURE_{name}") for name in features],
        supported_statement_kinds=[kinds.ResolvedNodeKind.Value(f"RESOLVED_{name}_STMT") for name in STATEMENTS],
        reserved_keywords=["QUALIFY"],
    )


def options(*, digits: bool = False) -> options_pb2.AnalyzerOptionsProto:
    """How a statement is analysed: days and hours without a time zone are UTC, as in BigQuery."""
    made = options_pb2.AnalyzerOptionsProto(
        language_options=language(digits=digits),
        default_timezone="UTC",
        error_message_mode=public.ERROR_MESSAGE_MULTI_LINE_WITH_CARET,
    )
    made.allowed_hints_and_options.disallow_unknown_options = True
    for name, kind in TABLE_OPTIONS.items():
        made.allowed_hints_and_options.option.add(name=name).type.type_kind = kind
    return made
