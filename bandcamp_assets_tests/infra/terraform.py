"""The real `terraform`, where a machine has one, for what needs no provider and no network.

Nothing here may lead to a download: only folders without a provider are initialized.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

OLDEST = (1, 9)
"""What `versions.tf` requires."""


@dataclass(frozen=True)
class Terraform:
    """The installed `terraform`."""

    program: str

    def run(self, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run it in a folder, without the user's own settings and without its question for newer versions."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
        return subprocess.run(
            [self.program, *arguments],
            cwd=folder,
            env=own | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"},
            capture_output=True,
            text=True,
            check=False,
        )


def installed(folder: Path) -> Terraform:
    """The installed `terraform`; skips the test where there is none that is new enough."""
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("terraform is not installed: only checked by python-hcl2")
    terraform = Terraform(program)
    version = json.loads(terraform.run("version", "-json", folder=folder).stdout)["terraform_version"]
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        pytest.skip(f"terraform {version} is older than the configuration requires")
    return terraform
