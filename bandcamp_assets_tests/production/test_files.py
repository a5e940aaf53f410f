"""The production profile keeps its rules: no root, no secret in a layer, nothing open, all pinned and watched."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from bandcamp_assets.alerts.settings import DESCRIPTIONS as ALERT_SETTINGS
from bandcamp_assets.deployment.settings import DESCRIPTIONS as SETTINGS
from bandcamp_assets_tests.production.files import PRODUCTION, ROOT, instructions, load_yaml, locked_versions

COMPOSE = load_yaml("compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
IGNORE = (PRODUCTION / "Dockerfile.dockerignore").read_text().splitlines()
OUR_OWN = "bandcamp-assets:0.1.0"
"""Built from this repository, so it has no digest before it is."""
PINNED = rf"[\w./\-]+:\d+\.\d+(\.\d+)?(-\w+)*@sha256:[0-9a-f]{{64}}|{re.escape(OUR_OWN)}"
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|CREDENTIAL", re.IGNORECASE)

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())


def arguments_of(name: str) -> list[str]:
    return [argument for instruction, argument in instructions() if instruction == name]


def test_every_base_image_is_pinned_by_version_and_digest() -> None:
    bases = {argument.split()[0] for argument in arguments_of("FROM")}

    assert len(bases) == 1
    assert all(re.fullmatch(PINNED, base) for base in bases)


def test_no_command_of_the_readme_runs_another_image() -> None:
    readme = (PRODUCTION / "README.md").read_text()

    assert re.findall(r"docker run\b", readme) == []
    assert set(re.findall(r"docker compose (?:run|exec).*", readme)) != set()


def test_the_base_image_has_the_python_that_the_lock_was_made_for() -> None:
    bases = arguments_of("FROM")

    assert bases
    assert all(":3.11." in base for base in bases)


def test_the_image_does_not_run_as_root() -> None:
    *_, last_user = arguments_of("USER")

    user, _, group = last_user.partition(":")
    assert int(user) > 0
    assert int(group) > 0


def test_nothing_is_added_from_the_network_and_no_script_is_piped_into_a_shell() -> None:
    assert arguments_of("ADD") == []
    assert not any(re.search(r"\b(curl|wget)\b|\|\s*(ba)?sh\b", argument) for argument in arguments_of("RUN"))


def test_packages_are_installed_with_their_hashes_only() -> None:
    installs = [argument for argument in arguments_of("RUN") if "pip install" in argument]

    assert installs
    assert all("--require-hashes" in argument and "--no-deps" in argument for argument in installs)


def test_no_secret_and_no_address_is_in_a_layer() -> None:
    for argument in [*arguments_of("ENV"), *arguments_of("ARG")]:
        assert not SECRET_NAME.search(argument)
        assert "://" not in argument


def test_the_image_says_how_it_is_asked_for_its_health() -> None:
    assert len(arguments_of("HEALTHCHECK")) == 1


def test_what_the_image_copies_exists_and_is_let_through() -> None:
    let_through = {line[1:] for line in IGNORE if line[:1] == "!"}
    copied = [
        source for argument in arguments_of("COPY") if "--from" not in argument for source in argument.split()[:-1]
    ]

    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source in let_through, source


def test_what_is_not_copied_stays_out_of_the_build() -> None:
    assert next(line for line in IGNORE if not line.startswith("#")) == "*"
    assert not any(
        ".git" in line or ".bandcamp" in line or "secrets" in line for line in IGNORE if line[:1] == "!"
    )


@each_service
def test_every_service_is_confined(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "no-new-privileges:true" in service["security_opt"]
    assert int(service["user"].partition(":")[0]) > 0
    assert not service.get("privileged")
    assert service.get("network_mode") is None
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


@each_service
def test_every_service_is_watched_and_started_again(service: dict[str, Any]) -> None:
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]


@each_service
def test_every_image_is_pinned_by_version_and_digest(service: dict[str, Any]) -> None:
    assert re.fullmatch(PINNED, service["image"])


def test_no_secret_is_in_the_environment() -> None:
    secrets = {
        name: value
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if SECRET_NAME.search(name)
    }

    assert secrets == {
        "POSTGRES_PASSWORD_FILE": "/run/secrets/postgres_admin_password",
        "DAGSTER_POSTGRES_PASSWORD_FILE": "/run/secrets/postgres_password",
    }


def test_only_nginx_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert list(published) == ["nginx"]
    assert published["nginx"]
    assert all(port.startswith("127.0.0.1:") for port in published["nginx"])


def test_only_what_needs_it_reaches_the_outside() -> None:
    networks = COMPOSE["networks"]
    open_networks = {name for name, network in networks.items() if not (network or {}).get("internal")}
    reach = {name for name, service in SERVICES.items() if open_networks & set(service["networks"])}

    assert reach == {"code", "nginx"}
    assert "database" not in SERVICES["nginx"]["networks"]


def test_only_the_code_server_can_write_the_home() -> None:
    writers = {
        name
        for name, service in SERVICES.items()
        if any(isinstance(volume, str) and volume.startswith("home:") for volume in service.get("volumes", []))
    }
    mounted = [volume for volume in SERVICES["nginx"]["volumes"] if isinstance(volume, dict)]

    assert writers == {"code"}
    assert [(one["source"], one["read_only"], one["volume"]) for one in mounted] == [
        ("home", True, {"subpath": "dashboard"})
    ]
    assert "logs:/var/log/bandcamp:ro" in SERVICES["webserver"]["volumes"]


def test_secrets_are_files_that_are_not_in_the_repository() -> None:
    named = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}

    assert "postgres_password" in named
    assert named == set(COMPOSE["secrets"])
    assert all(entry["file"].startswith("./secrets/") for entry in COMPOSE["secrets"].values())
    assert "secrets/" in (PRODUCTION / ".gitignore").read_text().splitlines()


def test_a_source_may_lie_in_the_inbox_only_unless_the_operator_says_otherwise() -> None:
    environment = SERVICES["code"]["environment"]

    assert environment["BANDCAMP_SOURCE_FOLDERS"] == "${BANDCAMP_SOURCE_FOLDERS:-/var/lib/bandcamp/inbox}"


def test_every_setting_named_in_the_profile_exists() -> None:
    known = {**SETTINGS, **ALERT_SETTINGS}
    texts = [path.read_text() for path in PRODUCTION.iterdir() if path.is_file()]
    named = set(re.findall(r"\bBANDCAMP_[A-Z_]+\b", " ".join(texts)))

    assert named
    assert named <= set(known)


def test_every_variable_that_dagster_reads_is_set_for_every_process() -> None:
    texts = [(PRODUCTION / name).read_text() for name in ("dagster.yaml", "workspace.yaml", "start.sh")]
    read = set(re.findall(r"\bDAGSTER_[A-Z_]+\b", " ".join(texts)))
    image = set(re.findall(r"\b(DAGSTER_[A-Z_]+)=", " ".join(arguments_of("ENV"))))

    for name in ("code", "webserver", "daemon"):
        missing = read - image - set(SERVICES[name]["environment"])
        # start.sh makes it of the file.
        assert missing - {"DAGSTER_HOME"} == {"DAGSTER_POSTGRES_PASSWORD"}


def test_the_production_instance_behaves_as_the_local_one() -> None:
    local = yaml.safe_load(files("bandcamp_assets.system.instance").joinpath("dagster.yaml").read_text())
    production = load_yaml("dagster.yaml")
    # Where events lie differs: files here, the database there.
    del local["event_log_storage"]

    assert {key: production.get(key) for key in local} == local
    assert set(production) - set(local) == {"storage", "compute_logs", "local_artifact_storage"}


def test_no_value_of_the_database_is_written_down() -> None:
    database = load_yaml("dagster.yaml")["storage"]["postgres"]["postgres_db"]

    named = {key: value for key, value in database.items() if key != "scheme"}
    assert {"username", "password", "hostname"} <= set(named)
    assert all(set(value) == {"env"} for value in named.values())


def test_the_lock_of_the_image_is_complete_and_holds_nothing_for_developers() -> None:
    text = (PRODUCTION / "requirements.lock").read_text()
    image, everything = (locked_versions(folder / "requirements.lock") for folder in (PRODUCTION, ROOT))

    blocks = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert {"dagster-postgres", "psycopg2-binary", "dagster-webserver", "dagster-k8s", "distributed"} <= set(image)
    assert not {"pytest", "playwright", "bqemulator", "ruff"} & set(image)
    assert "://" not in re.sub(r"(?m)^\s*#.*$", "", text)
    assert all(len(versions) == 1 for versions in image.values())
    assert {name for name, versions in image.items() if not versions <= everything.get(name, set())} == set()


@pytest.mark.parametrize("script", ["start.sh", "create-database.sh"])
def test_scripts_stop_at_the_first_error_and_can_be_run(script: str) -> None:
    path = PRODUCTION / script

    assert path.stat().st_mode & 0o111
    assert "\nset -eu\n" in path.read_text()
    shell = shutil.which("sh")
    assert shell
    assert subprocess.run([shell, "-n", path], check=False).returncode == 0


def test_start_says_what_it_knows() -> None:
    done = subprocess.run([PRODUCTION / "start.sh", "everything"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "knows code, webserver, daemon, migrate, dagster, dask-scheduler and dask-worker" in done.stderr


@pytest.mark.parametrize(
    ("command", "name"), [("dagster", "dagster"), ("dask-scheduler", "dask"), ("dask-worker", "dask")]
)
def test_start_runs_the_commands_that_charts_give(command: str, name: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    done = subprocess.run(
        [PRODUCTION / "start.sh", command, "--version"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(name)
