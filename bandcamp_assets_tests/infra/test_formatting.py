"""The configuration is written as `terraform fmt` would write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets_tests.infra.configuration import FOLDER
from bandcamp_assets_tests.infra.formatting import faults
from bandcamp_assets_tests.infra.terraform import Terraform

WRITTEN_BY_HAND = sorted([*FOLDER.glob("*.tf"), *FOLDER.glob("*.tf.example"), *FOLDER.glob("*.tfvars.example")])

GOOD = """\
resource "a" "b" {
  # A comment.
  name   = "x = {"
  colour = upper("[") # why

  list = [
    "one",
  ]
  after_a_list = 1

  call = join(" ", [
    "two",
  ])

  block {
    key = { a = 1 }
  }
}
"""


@pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=lambda path: path.name)
def test_a_file_is_formatted(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


def test_the_checker_accepts_what_is_formatted() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("  name   =", "  name =", "line 3: = expected in column 10"),
        ("  colour = upper", "  colour =  upper", "line 4: = expected in column 10"),
        ("  block {", "    block {", "line 15: 2 spaces expected before 'block {'"),
        ("    key =", "  key =", "line 16: 4 spaces expected before 'key = { a = 1 }'"),
        ('    "two",', '      "two",', "line 12: 4 spaces expected before '\"two\",'"),
        ("  # A comment.", "  # A comment. ", "line 2: white space at the end"),
        ("\n  call =", "\n\n  call =", "line 11: a second blank line"),
        ("  }\n}\n", "  }\n}", "line 18: the file does not end with one newline"),
        ("  list = [", "\tlist = [", "line 6: a tab"),
    ],
)
def test_the_checker_names_the_line(before: str, after: str, fault: str) -> None:
    assert before in GOOD
    assert fault in faults(GOOD.replace(before, after, 1))


def test_terraform_would_change_nothing(terraform: Terraform, tmp_path: Path) -> None:
    for path in WRITTEN_BY_HAND:
        (tmp_path / path.name.removesuffix(".example")).write_text(
            path.read_text(encoding="utf-8"), encoding="utf-8"
        )

    checked = terraform.run("fmt", "-check", "-diff", folder=tmp_path)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_terraform_formats_as_the_checker_says(terraform: Terraform, tmp_path: Path) -> None:
    (tmp_path / "good.tf").write_text(GOOD, encoding="utf-8")

    checked = terraform.run("fmt", "-check", "-diff", folder=tmp_path)

    assert checked.returncode == 0, checked.stdout + checked.stderr
