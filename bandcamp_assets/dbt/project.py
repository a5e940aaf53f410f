"""A dbt project with its target and the folders of its artefacts, and the fingerprint of all that.

`manifest` makes and reads the manifest, `engine` invokes dbt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bandcamp_assets.system.errors import PlatformError

PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb", "dbt-bigquery")
"""Packages that a manifest depends on."""

WITHOUT_EFFECT = (
    *("DBT_GCP_METHOD", "DBT_GCP_TOKEN", "DBT_GCP_KEY_FILE", "DBT_GCP_IMPERSONATE"),
    *("DBT_GCP_MAXIMUM_BYTES_BILLED", "DBT_GCP_TIMEOUT_SECONDS", "DBT_GCP_ENDPOINT"),
)
"""Variables of credentials, endpoint and limits. They change nothing in the manifest."""

PATHS = ("DBT_WAREHOUSE_PATH",)
"""Variables with a path, of which only the file's name is in the manifest, as the name of the database."""

_NO_SOURCE = ("target", "logs", "dbt_packages")


@dataclass(frozen=True)
class DbtWorkspace:
    """A dbt project as one deployment runs it.

    Attributes:
        project_dir: The folder with `dbt_project.yml` and `profiles.yml`. Nothing is written there.
        home: The folder for dbt's artefacts and logs.
        target: The target in `profiles.yml`: `local` or `gcp`.
        env: Environment variables for the profile, such as paths. They are set only while dbt runs. Secrets do not
            belong here, but in the environment of the process.
    """

    project_dir: Path
    home: Path
    target: str
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The address of the emulator that replaces the warehouse; empty without one."""
        return self.env.get("DBT_GCP_ENDPOINT", "")

    @property
    def is_emulated(self) -> bool:
        """Whether an emulator replaces the warehouse."""
        return bool(self.endpoint)

    @property
    def builds_dir(self) -> Path:
        """The folder of what dbt writes while it builds: a folder for each invocation (see `Home.dbt_builds`)."""
        return self.home / "builds"

    @property
    def target_dir(self) -> Path:
        """The folder of the manifest, the parsed project and the last compiled SQL."""
        return self.home / "target"

    @property
    def manifest_path(self) -> Path:
        """The manifest from which the assets are made."""
        return self.target_dir / "manifest.json"

    @property
    def parsed_path(self) -> Path:
        """The parsed project in dbt's own format, so that a process does not parse again."""
        return self.target_dir / "partial_parse.msgpack"

    @property
    def compiled_dir(self) -> Path:
        """The SQL that was last sent to the warehouse."""
        return self.target_dir / "compiled"

    @property
    def log_dir(self) -> Path:
        """The folder of `dbt.log`."""
        return self.home / "logs"


def locate_project() -> Path:
    """Find the folder `dbt_project`: inside the package, as a wheel installs it, or beside it, as in a clone.

    Raises:
        PlatformError: If the package was installed without it.
    """
    package = Path(__file__).resolve().parents[1]
    folders = (package / "dbt_project", package.parent / "dbt_project")
    for folder in folders:
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise PlatformError(
        "The dbt project is missing", where=str(folders[0]), remedy="install the package bandcamp-assets again"
    )


def fingerprint(workspace: DbtWorkspace) -> str:
    """Hash everything that a manifest depends on: sources, versions, target, and names of databases.

    Raises:
        PlatformError: If there is no dbt project.
    """
    digest = hashlib.sha256()
    for part in (*_settings(workspace), *_versions()):
        digest.update(f"{part}\0".encode())
    for path in _sources(workspace.project_dir):
        digest.update(f"{path.relative_to(workspace.project_dir).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _settings(workspace: DbtWorkspace) -> Iterator[str]:
    # dbt writes the project's absolute path into the nodes of seeds.
    yield str(workspace.project_dir.resolve())
    yield workspace.target
    for name in sorted(set(workspace.env) - set(WITHOUT_EFFECT)):
        value = workspace.env[name]
        yield f"{name}={Path(value).name if name in PATHS else value}"


def _versions() -> Iterator[str]:
    for package in PACKAGES:
        try:
            yield f"{package}=={version(package)}"
        except PackageNotFoundError:
            yield f"{package} is not installed"


def _sources(project_dir: Path) -> list[Path]:
    if not (project_dir / "dbt_project.yml").is_file():
        raise PlatformError(
            "There is no dbt project",
            where=str(project_dir),
            remedy="restore the folder dbt_project from the repository",
        )
    return sorted(
        path for path in project_dir.rglob("*") if path.is_file() and _is_source(path.relative_to(project_dir))
    )


def _is_source(path: Path) -> bool:
    return path.parts[0] not in _NO_SOURCE and not any(part.startswith(".") for part in path.parts)
