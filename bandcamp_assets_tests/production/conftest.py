"""The production topology as real processes: started once, in the order in which compose.yaml starts it."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.production.files import PRODUCTION
from bandcamp_assets_tests.production.processes import (
    Process,
    accepts,
    find_nginx,
    find_postgres,
    free_ports,
    platform_environment,
    unprivileged,
)

USER = "operator"
AS_OTHERS = ("postgres", "nginx")
"""Those that must not run as root even in a test."""


@dataclass
class Production:
    """The running platform.

    Attributes:
        folder: Where all its state lies.
        ports: The port of each process.
        environment: What its processes are started with.
        processes: Its processes, by name.
        password: The database's password.
        login: The password of `USER` at nginx.
    """

    folder: Path
    ports: dict[str, int]
    environment: dict[str, str]
    processes: dict[str, Process]
    password: str
    login: str

    @property
    def proxy(self) -> str:
        """The address that people open."""
        return f"https://127.0.0.1:{self.ports['nginx']}"

    @property
    def certificate(self) -> str:
        """What to trust nginx by."""
        return str(self.folder / "tls_certificate.pem")

    def query(self, graphql: str, **variables: Any) -> Any:  # noqa: ANN401 - as the server answers
        """Ask the UI's interface, through nginx."""
        answer = requests.post(
            f"{self.proxy}/graphql",
            json={"query": graphql, "variables": variables},
            auth=(USER, self.login),
            verify=self.certificate,
            timeout=PATIENCE_SECONDS,
        )
        assert answer.ok, answer.text
        content = answer.json()
        assert "errors" not in content, content["errors"]
        return content["data"]

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database, as the platform's own role."""
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self.ports["postgres"],
            dbname="dagster",
            user="dagster",
            password=self.password,
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                rows: list[tuple[Any, ...]] = cursor.fetchall()
                return rows
        finally:
            connection.close()


@pytest.fixture(scope="package")
def production() -> Iterator[Production]:
    """The whole platform, from an empty database to nginx."""
    postgres, nginx = find_postgres(), find_nginx()
    missing = [name for name, found in (("postgresql", postgres), ("nginx-light", nginx)) if found is None]
    missing += [] if shutil.which("openssl") else ["openssl"]
    if missing and os.environ.get("CI"):
        pytest.fail(f"Missing here: install {', '.join(missing)}")
    if missing or postgres is None or nginx is None:
        pytest.skip(f"not installed (Debian packages): {', '.join(missing)}")
    # Not below pytest's folder, which PostgreSQL's user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="bandcamp-production-"))
    deployment = _prepare(folder, postgres, nginx)
    try:
        _start(deployment, postgres)
        yield deployment
    finally:
        for process in reversed(deployment.processes.values()):
            process.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(folder: Path, postgres: Path, nginx: Path) -> Production:
    folder.chmod(0o755)
    user = unprivileged()
    for name in ("database", "socket", "nginx"):
        (folder / name).mkdir(mode=0o700)
        if user:
            shutil.chown(folder / name, user)
    (folder / "logs").mkdir()
    ports = dict(zip(("postgres", "code", "webserver", "nginx"), free_ports(4), strict=True))
    password, login = secrets.token_urlsafe(24), secrets.token_urlsafe(12)
    (folder / "password").write_text(f"{password}\n")
    environment = platform_environment(folder, ports, folder / "password")
    configuration = _nginx_configuration(folder, ports, login)
    start = PRODUCTION / "start.sh"
    commands: dict[str, list[str | Path]] = {
        "postgres": [postgres / "postgres", "-D", folder / "database", "-p", str(ports["postgres"])],
        "code": [start, "code"],
        "webserver": [start, "webserver"],
        "daemon": [start, "daemon"],
        "nginx": [nginx, "-c", configuration, "-e", "stderr", "-g", "daemon off;"],
    }
    commands["postgres"] += ["-k", folder / "socket", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    processes = {
        name: Process(name, command, environment, folder / f"{name}.log", user if name in AS_OTHERS else None)
        for name, command in commands.items()
    }
    return Production(folder, ports, environment, processes, password, login)


def _start(deployment: Production, postgres: Path) -> None:
    processes, ports = deployment.processes, deployment.ports
    _make_database(deployment, postgres)
    for name in ("code", "webserver", "daemon", "nginx"):
        processes[name].start()
        if name == "code":
            # Webserver and daemon wait for it in compose.yaml as well.
            processes[name].wait_until(lambda: accepts(ports["code"]))
    processes["nginx"].wait_until(lambda: accepts(ports["nginx"]))
    processes["webserver"].wait_until(lambda: accepts(ports["webserver"]))


def _make_database(deployment: Production, postgres: Path) -> None:
    """As PostgreSQL's image does: initialize, start, and run create-database.sh once."""
    process = deployment.processes["postgres"]
    admin = deployment.folder / "admin_password"
    admin.write_text(secrets.token_urlsafe(24))
    admin.chmod(0o644)
    subprocess.run(
        [
            *(postgres / "initdb", "--pgdata", deployment.folder / "database", "--username", "postgres"),
            *("--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile", admin, "--no-sync"),
        ],
        user=process.user,
        check=True,
        capture_output=True,
        cwd=deployment.folder,
    )
    environment = {
        "PATH": f"{postgres}:{os.environ['PATH']}",
        "PGHOST": str(deployment.folder / "socket"),
        "PGPORT": str(deployment.ports["postgres"]),
        "DAGSTER_POSTGRES_PASSWORD_FILE": str(deployment.folder / "password"),
    }
    process.start()
    # It listens before it takes connections: the first ones may hear that it is starting up.
    is_ready = [postgres / "pg_isready", "--quiet", "--username", "postgres"]
    process.wait_until(lambda: subprocess.run(is_ready, env=environment, check=False).returncode == 0)
    made = subprocess.run([PRODUCTION / "create-database.sh"], env=environment, capture_output=True, check=False)
    assert made.returncode == 0, f"{made.stderr.decode()}\n{process.tail()}"


def _nginx_configuration(folder: Path, ports: dict[str, int], login: str) -> Path:
    """The profile's nginx.conf with this test's places in it, a certificate and a user."""
    made: list[str | Path] = ["-keyout", folder / "tls_key.pem", "-out", folder / "tls_certificate.pem"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run(["openssl", "req", "-x509", *key, "-days", "1", *names, *made], check=True, capture_output=True)
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=login, check=True, capture_output=True, text=True
    ).stdout
    (folder / "htpasswd").write_text(f"{USER}:{hashed}")
    (folder / "tls_key.pem").chmod(0o644)
    text = (PRODUCTION / "nginx.conf").read_text()
    for ours, here in {
        " /tmp/": f" {folder}/nginx/",  # first, as the others lie below it
        "/run/secrets/htpasswd": str(folder / "htpasswd"),
        "/run/secrets/tls_certificate": str(folder / "tls_certificate.pem"),
        "/run/secrets/tls_key": str(folder / "tls_key.pem"),
        "/srv/dashboard/": f"{folder}/dashboard/",
        "webserver:3000": f"127.0.0.1:{ports['webserver']}",
        "listen 8443": f"listen 127.0.0.1:{ports['nginx']}",
        "/dev/stdout": str(folder / "nginx" / "access.log"),
    }.items():
        assert ours in text, ours
        text = text.replace(ours, here)
    (folder / "nginx.conf").write_text(text)
    return folder / "nginx.conf"
