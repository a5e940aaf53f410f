"""The quick start of infra/terraform/README.md, followed to the letter on the emulators.

Scripts stand in for `gcloud`, `terraform` and the editor, which need an account or a person: `terraform output`
prints what the configuration says, with the names of the emulated bucket and dataset. A file stands in for the
archive.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bandcamp_assets_tests.documents.document import GOOGLE_CLOUD
from bandcamp_assets_tests.documents.tutorial import Checkout
from bandcamp_assets_tests.infra import configuration
from bandcamp_assets_tests.infra.test_environment import APPLIED, IMPERSONATION
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud
from bandcamp_assets_tests.storage.google_cloud.deployment import GcpHome

pytestmark = pytest.mark.long


def env_file(cloud: Cloud) -> str:
    """What `terraform output -raw env_file` prints, were this bucket and this dataset its own."""
    infra = configuration.load()
    people = IMPERSONATION.fullmatch(infra.values["impersonation"])
    assert people
    place = cloud.place
    names = dict(zip(APPLIED, (place.project, place.location, place.bucket, place.dataset), strict=False))
    lines = "\n".join([*infra.values["environment"], people["line"], ""])
    for expression, value in (APPLIED | names).items():
        lines = lines.replace(expression, value)
    return lines


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_quick_start_ends_with_sales_in_the_bucket_and_the_dataset(cloud: Cloud, tmp_path: Path) -> None:
    block = GOOGLE_CLOUD.found(r"^## The shortest way\n+```sh\n(.*?)^```$")[1]
    checkout, programs = Checkout.make(tmp_path / "checkout"), tmp_path / "programs"
    script(checkout.root / ".venv" / "bin" / "python", f'exec {sys.executable} "$@"')
    for made in (".uv", ".ready"):  # make finds its environment there, and makes none
        (checkout.root / ".venv" / made).touch()
    programs.mkdir()
    asked, printed = tmp_path / "asked", tmp_path / "printed"
    printed.write_text(env_file(cloud))
    script(programs / "gcloud", f'echo "gcloud $*" >> {asked}')
    script(programs / "terraform", f'echo "terraform $*" >> {asked}\n[ "$1" != output ] || cat {printed}')
    editor = script(programs / "editor", 'sed -i "s/example.com/lab.test/" "$1"')
    source = write_csv(tmp_path / "sales.csv", [raw_row(1), raw_row(86_401)])
    home = GcpHome(tmp_path / "home", cloud)
    endpoints = {name: value for name, value in cloud.environment().items() if not name.startswith("BANDCAMP_GCP")}
    endpoints |= {name: value for name, value in cloud.environment().items() if name.endswith("_ENDPOINT")}
    del endpoints["BANDCAMP_DEPLOYMENT"]

    steps = block.replace("SOURCE=archive", f"SOURCE={source}").removesuffix("make ui\n")
    done = subprocess.run(
        ["/bin/sh", "-e"],
        input=steps,
        cwd=checkout.root,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
            **endpoints,
            "BANDCAMP_HOME": str(home.root),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "EDITOR": str(editor),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"SOURCE={source}\n" in steps
    assert block.endswith("make ui\n")
    assert "All is well." in done.stdout
    assert "Every raw row is a sale" in done.stdout
    assert "lab.test" in (checkout.root / "infra" / "terraform" / "terraform.tfvars").read_text()
    assert [line for line in asked.read_text().splitlines() if line.startswith("terraform")] == [
        "terraform init",
        "terraform apply",
        "terraform output -raw env_file",
    ]
    assert "services enable serviceusage.googleapis.com cloudresourcemanager.googleapis.com" in asked.read_text()
    assert home.ledger().holds
    assert home.ledger().total("fct_sales").rows == 2
