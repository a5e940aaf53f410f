"""The plan's arithmetic is right: each sum in it comes out, to the digits that it shows."""

from __future__ import annotations

import ast
import re
from decimal import Decimal

import pytest

from bandcamp_assets_tests.production.files import ROOT

TEXT = (ROOT / "infra" / "SCALE.md").read_text()
TIMES, MINUS = "\u00d7", "\u2212"
SUMS = re.findall(rf"`([\d.,{TIMES}/+{MINUS}()\s]+)=\s*([\d.,]+)`", TEXT)
OPERATIONS = {
    ast.Add: Decimal.__add__,
    ast.Sub: Decimal.__sub__,
    ast.Mult: Decimal.__mul__,
    ast.Div: Decimal.__truediv__,
}


def value(node: ast.expr) -> Decimal:
    if isinstance(node, ast.BinOp):
        return OPERATIONS[type(node.op)](value(node.left), value(node.right))
    assert isinstance(node, ast.Constant)
    return Decimal(str(node.value))


@pytest.mark.parametrize(("expression", "result"), SUMS)
def test_it_comes_out(expression: str, result: str) -> None:
    plain = expression.replace(",", "").replace(TIMES, "*").replace(MINUS, "-").replace("\n", " ").strip()
    shown = Decimal(result.replace(",", ""))

    found = value(ast.parse(plain, mode="eval").body)

    # Of rounded terms the last digit may be one off.
    assert abs(found - shown) <= Decimal(1).scaleb(int(shown.as_tuple().exponent)), found


def test_there_is_arithmetic_to_check() -> None:
    assert len(SUMS) > 40
    assert TEXT.count("`") % 2 == 0
