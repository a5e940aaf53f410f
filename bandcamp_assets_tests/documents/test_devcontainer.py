"""The devcontainer: what it names is there, and its commands, run as the script they are, end with the UI.

No engine of containers runs here, so the image, and how Codespaces forwards the port, are not tested.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from bandcamp_assets_tests.documents.document import ROOT
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.security.listening import free_port

KNOWN = {
    *("name", "image", "hostRequirements", "updateContentCommand", "postAttachCommand", "forwardPorts"),
    *("portsAttributes", "customizations"),
}
"""Those properties of the specification (containers.dev) that are used."""


@pytest.fixture
def container() -> dict[str, Any]:
    return json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())


def test_it_has_only_known_properties_and_a_python_that_is_tested(container: dict[str, Any]) -> None:
    tested = (ROOT / ".github" / "workflows" / "test.yml").read_text()
    python = re.search(r":([\d.]+)-bookworm$", container["image"])

    assert set(container) == KNOWN
    assert python
    assert f'"{python.group(1)}"' in tested


def test_its_ports_are_those_of_the_commands(container: dict[str, Any]) -> None:
    from bandcamp_assets.cli.main import commands

    ports = {name: str(commands.commands[name].params[0].default) for name in ("ui", "dashboard")}

    assert container["forwardPorts"] == [int(ports["ui"])]
    assert list(container["portsAttributes"]) == [ports["ui"], ports["dashboard"]]
    assert container["portsAttributes"][ports["ui"]]["onAutoForward"] == "openBrowser"


@pytest.mark.long
def test_its_commands_end_with_the_ui_under_the_name_of_the_codespace(
    container: dict[str, Any], tmp_path: Path
) -> None:
    port = free_port()
    checkout = copy_of_the_repository(tmp_path / "checkout")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "VIRTUAL_ENV"))},
        "ROWS": "1000",
        "PORT": str(port),
        "CODESPACE_NAME": "a-codespace",
        "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.github.dev",
    }

    made = subprocess.run(
        ["/bin/sh", "-c", container["updateContentCommand"]],
        cwd=checkout,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    attached = psutil.Popen(["/bin/sh", "-c", container["postAttachCommand"]], cwd=checkout, env=environment)
    try:
        answer = ask_as_the_forwarded_page(port, attached)
    finally:
        for process in [*attached.children(recursive=True), attached]:
            with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended with its parent
                process.terminate()
        attached.wait(PATIENCE_SECONDS)

    assert {"fct_sales", "sales_dashboard"} <= {node["assetKey"]["path"][-1] for node in answer}


def copy_of_the_repository(folder: Path) -> Path:
    for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


def ask_as_the_forwarded_page(port: int, process: psutil.Popen) -> list[dict[str, Any]]:
    """The assets of the UI, asked as its page does in a browser that has it from Codespaces."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            answer = requests.post(
                f"http://127.0.0.1:{port}/graphql",
                json={"query": "{ assetNodes { assetKey { path } } }"},
                headers={"Origin": f"https://a-codespace-{port}.app.github.dev", "Sec-Fetch-Site": "same-origin"},
                timeout=PATIENCE_SECONDS,
            )
        except requests.ConnectionError:
            time.sleep(0.5)
            continue
        return answer.json()["data"]["assetNodes"]
    raise TimeoutError
