"""What the README says of costs is what its arithmetic gives, with the days that the bucket keeps old versions."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path

from bandcamp_assets_tests.documents.bench_records import half, numbers
from bandcamp_assets_tests.documents.document import GOOGLE_CLOUD
from bandcamp_assets_tests.infra.configuration import FOLDER, Configuration
from bandcamp_assets_tests.infra.terraform import Terraform
from bandcamp_assets_tests.infra.test_validation import BUDGET, NEEDED


def test_what_the_archive_costs_comes_out() -> None:
    lines = {what: (sums, cost) for what, sums, cost in GOOGLE_CLOUD.table("| what | arithmetic | a month |")}
    times = "\u00d7"
    builds = lines["rebuilding everything every day"][0]

    for what, sums, cost in (
        ("raw file, Standard for 30 days", f"0.304 GB {times} 0.026", Decimal("0.304") * Decimal("0.026")),
        ("raw file, Nearline after that", f"0.304 GB {times} 0.015", Decimal("0.304") * Decimal("0.015")),
        ("daily objects", f"0.076 GB {times} 0.026", Decimal("0.076") * Decimal("0.026")),
        ("rebuilding everything every day", f"37 {times} 0.076 GB {times} 0.026", 37 * Decimal("0.001976")),
    ):
        assert lines[what][0].endswith(sums)
        (said,) = numbers(lines[what][1])
        assert lines[what][1] == f"{said} cents"
        assert abs(cost * 100 - said) <= half(said), what
    assert f"10 / 1024 {times} 6.25 = 6 cents" in lines["one full build"][0]
    assert round(10 / 1024 * 6.25 * 100) == 6
    assert builds.startswith(f"30 {times} 10 GiB = 0.3 TiB")
    assert round(30 * 10 / 1024, 1) == 0.3
    days = (FOLDER / "variables_data.tf").read_text()
    kept = re.findall(r'"(?:noncurrent_version|soft_delete)_days" \{.*?default *= (\d+)', days, re.DOTALL)
    assert sorted(kept) == ["30", "7"]
    assert "kept up to 37 days" in builds


def test_a_budget_needs_a_billing_account_alone(infra: Configuration) -> None:
    budget = infra.variables["budget"]

    assert budget["default"] is None
    assert re.findall(r"(\w+) += optional", infra.files["variables_cost.tf"]) == ["amount", "thresholds", "emails"]
    assert infra.resources["google_billing_budget.monthly"]["count"] == "${var.budget == null ? 0 : 1}"


def test_a_plan_without_a_budget_says_that_nobody_is_warned(
    infra: Configuration, terraform: Terraform, tmp_path: Path
) -> None:
    for path in FOLDER.glob("variables*.tf"):
        shutil.copy(path, tmp_path)
    check = re.search(r'^check "budget" \{.*?^\}\n', infra.files["budget.tf"], re.DOTALL | re.MULTILINE)
    assert check
    (tmp_path / "check.tf").write_text(check[0])
    said = {}
    for name, budget in {"none": None, "some": {"billing_account": BUDGET["billing_account"]}}.items():
        (tmp_path / "terraform.tfvars.json").write_text(json.dumps({**NEEDED, "budget": budget}))
        planned = terraform.run("plan", "-input=false", "-no-color", folder=tmp_path)
        assert planned.returncode == 0, planned.stderr
        said[name] = planned.stdout

    assert "Nobody is warned of costs" in said["none"]
    assert "Nobody is warned of costs" not in said["some"]
