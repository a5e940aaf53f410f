"""`bandcamp ui`: the Dagster UI and daemon on the loopback address, as `dagster dev` starts them, but guarded.

The web server runs in this process, so the port is taken from the first moment, and the UI ends with the command.
The daemon is another process. It ends when this one ends, even if this one is killed. `guard` refuses foreign
requests.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import click
import dagster as dg
import uvicorn
import yaml
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget, WorkspaceFileTarget
from dagster._utils.log import configure_loggers
from dagster_shared.serdes import serialize_value
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__

from bandcamp_assets.cli.guard import Guard
from bandcamp_assets.cli.port import forwarded_host, hosts
from bandcamp_assets.cli.prepare import prepare_deployment
from bandcamp_assets.cli.reloading import reloading
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.code_location import CODE_LOCATION, DEFINITIONS
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets.system.memory import collect_as_ever

END_SECONDS = 30
"""How long the daemon may take to end. Open requests get a third of that."""

POLL_MILLISECONDS = 2000
"""How often an open page asks for updates, as under `dagster dev`."""


def serve_ui(env: Mapping[str, str], listener: socket.socket) -> None:
    """Serve until interrupted.

    Args:
        env: The environment with the settings.
        listener: The open port to serve on.

    Raises:
        PlatformError: If the home cannot be prepared, or the daemon ends by itself.
    """
    deployment = prepare_deployment(env)
    home = deployment.settings.home
    collect_as_ever()
    _set_environment(home)
    try:
        _serve(home, deployment.catalog, listener)
    except KeyboardInterrupt:
        click.echo("Stopped.")


def _set_environment(home: Home) -> None:
    """Set the variables for the processes that this one starts, whatever it inherited itself."""
    os.environ.update(
        DAGSTER_HOME=str(home.dagster),
        BANDCAMP_HOME=str(home.root),
        DAGSTER_IS_DEV_CLI="1",
        # Modules in the working directory are not imported.
        PYTHONSAFEPATH="1",
    )


def _serve(home: Home, catalog: Catalog, listener: socket.socket) -> None:
    address, port = listener.getsockname()
    configure_loggers(formatter="colored", log_level="INFO")
    with ExitStack() as stack:
        instance = stack.enter_context(open_instance(home))
        workspace = stack.enter_context(_code_server(home, instance))
        context = stack.enter_context(
            WorkspaceProcessContext(
                instance,
                WorkspaceFileTarget([str(workspace)]),
                version=__version__,
                code_server_log_level="warning",
            )
        )
        stack.enter_context(reloading(context, catalog))
        app = create_app_from_workspace_process_context(context, "", POLL_MILLISECONDS)
        server = uvicorn.Server(
            uvicorn.Config(
                Guard(app, hosts(port), forwarded_host(os.environ, port)),
                lifespan="off",
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=END_SECONDS // 3,
            )
        )
        daemon = stack.enter_context(_daemon(instance, workspace))

        def end_with_the_daemon() -> None:
            daemon.wait()
            server.should_exit = True

        Thread(target=end_with_the_daemon, daemon=True).start()
        click.echo(f"The Dagster UI is on http://{address}:{port}/ (Ctrl-C stops it)", err=True)
        server.run(sockets=[listener])
        raise PlatformError(
            f"The daemon ended with exit code {daemon.wait()}",
            where=f"process {daemon.pid}, on {home.dagster}",
            remedy="read what it printed above, and start again",
        )


@contextmanager
def _code_server(home: Home, instance: dg.DagsterInstance) -> Iterator[Path]:
    """Start the process that loads the graph and executes runs. Yields the file that says where it listens."""
    target = ModuleTarget(DEFINITIONS, None, str(home.dagster), CODE_LOCATION)
    with ProxyServerManager(instance, target, "warning") as servers, TemporaryDirectory() as folder:
        workspace = Path(folder, "workspace.yaml")
        workspace.write_text(yaml.dump({"load_from": list(servers.get_code_server_specs())}))
        yield workspace


@contextmanager
def _daemon(instance: dg.DagsterInstance, workspace: Path) -> Iterator[subprocess.Popen[bytes]]:
    reference = serialize_value(instance.get_ref())
    # The daemon ends when its input is closed. The system closes it when this process ends in any way.
    its_input, sign_of_life = os.pipe()
    daemon = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", "bandcamp_assets.cli.ui_daemon", str(workspace), reference], stdin=its_input
    )
    os.close(its_input)
    try:
        yield daemon
    finally:
        os.close(sign_of_life)
        try:
            daemon.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
