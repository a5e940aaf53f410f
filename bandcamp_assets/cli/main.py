"""The commands and their options. The modules beside this one do the work.

Heavy modules are imported when a command needs them, so that `bandcamp --help` and wrong options answer at once.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path
from typing import NoReturn

import click

from bandcamp_assets.sources.sample_size import MAX_ROWS, MIN_ROWS
from bandcamp_assets.system.errors import PlatformError, RunFailed
from bandcamp_assets.system.terminal import visible

PORT = click.IntRange(0, 65535)
"""0 means any free port."""

INTERRUPTED_QUERY = "Query interrupted"
"""DuckDB's error where an interrupt ends a query. It replaces the `KeyboardInterrupt`."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bandcamp-assets", prog_name="bandcamp")
def commands() -> None:
    """An asset-based data platform for sales of independent music on Bandcamp."""
    from bandcamp_assets.system.limits import ensure_working_folder

    ensure_working_folder()


@commands.command()
@click.option(
    "--source", multiple=True, help="sample, archive, or the path of a file or a folder; paths may be several."
)
@click.option("--rows", type=click.IntRange(MIN_ROWS, MAX_ROWS), help="Rows of the sample.")
@click.option("--fresh", is_flag=True, help="Empty the home first: all data and all runs in it.")
def run(source: tuple[str, ...], rows: int | None, fresh: bool) -> None:
    """Land a source and build everything that is not up to date."""
    from bandcamp_assets.cli.run import run_everything

    run_everything(os.environ, source="\n".join(source), rows=rows, fresh=fresh)


@commands.command()
@click.option("--deep", is_flag=True, help="Count every row, and compare every file by checksum.")
def status(deep: bool) -> None:
    """Print the ledger: every layer by day, whether the layers agree, and what is lost or damaged."""
    from bandcamp_assets.cli.status import print_status

    sys.exit(print_status(os.environ, deep=deep))


@commands.command()
@click.option("--deep", is_flag=True, help="Compare every file by checksum, not only by size and time.")
@click.option("--report", is_flag=True, help="Check nothing; print what to put into an issue, without secrets.")
def doctor(deep: bool, report: bool) -> None:
    """Check settings, versions, credentials, permissions and places, and say what to do about each fault."""
    if report:
        from bandcamp_assets.cli.doctor_report import print_report

        print_report(os.environ)
        return
    from bandcamp_assets.cli.doctor import examine

    sys.exit(examine(os.environ, deep=deep))


@commands.command()
@click.option("--port", default=3001, show_default=True, type=PORT, help="Port on the loopback address.")
def dashboard(port: int) -> None:
    """Serve the dashboard and the documentation of the tables on http://127.0.0.1:PORT."""
    from bandcamp_assets.cli.dashboard import serve_dashboard

    serve_dashboard(os.environ, port)


@commands.command()
@click.argument("query")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="csv puts an apostrophe before a text that a spreadsheet would take for a formula; json does not.",
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(min=0), help="Rows; 0 prints all.")
@click.option("--warehouse", is_flag=True, help="Read the local warehouse in any case; it waits for runs.")
def sql(query: str, output_format: str, limit: int, *, warehouse: bool) -> None:
    """Run QUERY on the tables and print the answer. It only reads, and works while runs write."""
    from bandcamp_assets.cli.sql import print_sql

    print_sql(os.environ, query, output_format=output_format, limit=limit, from_warehouse=warehouse)


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
def site(folder: Path) -> None:
    """Write dashboard, documentation and tables into FOLDER, for any web server, with a first page."""
    from bandcamp_assets.deployment.settings import Settings
    from bandcamp_assets.report.site.build import build_site

    package = build_site(Settings.from_env(os.environ).home, folder.absolute())
    click.echo(f"{len(package['resources'])} tables and two pages: open {visible(str(folder / 'index.html'))}")


@commands.command()
def mcp() -> None:
    """Answer an assistant's questions about the tables: the Model Context Protocol over stdin and stdout."""
    from bandcamp_assets.cli.mcp_server import serve_mcp

    serve_mcp(os.environ)


@commands.command()
@click.option("--installation", is_flag=True, help="Only parse the dbt project, once for all homes.")
def prepare(installation: bool) -> None:
    """Prepare what the Dagster UI needs: the home, the instance, dbt's manifest."""
    from bandcamp_assets.cli.prepare import prepare_deployment, prepare_installation

    if installation:
        prepare_installation()
        return
    deployment = prepare_deployment(os.environ)
    click.echo("Prepared.", err=True)
    # By itself, so that a shell can evaluate it.
    click.echo(f"export DAGSTER_HOME={shlex.quote(str(deployment.settings.home.dagster))}")


@commands.command()
@click.option("--port", default=3000, show_default=True, type=PORT, help="Port on the loopback address.")
def ui(port: int) -> None:
    """Start the Dagster UI and daemon on http://127.0.0.1:PORT."""
    from bandcamp_assets.cli.port import listening
    from bandcamp_assets.system.limits import ensure_limits, ensure_sockets

    ensure_limits()
    ensure_sockets()
    with listening(port, "ui") as listener:
        from bandcamp_assets.cli.ui import serve_ui

        serve_ui(os.environ, listener)


def main() -> None:
    """Run a command. A fault that a person can fix is one clear message."""
    # SIGTERM stops the command as Ctrl-C does, so that unfinished files are removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        arguments = sys.argv[1:]
        # dbt quotes the command line in its messages, which must be text. A file name may hold other bytes.
        sys.argv = [argument.encode(errors="backslashreplace").decode() for argument in sys.argv]
        # Not standalone, as click would then print its own message at Ctrl-C.
        sys.exit(commands(arguments, prog_name="bandcamp", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except PlatformError as error:
        _say_error(str(error))
        sys.exit(1)
    except RunFailed as error:
        for failure in error.failures:
            _say_error(failure)
        click.echo(f"Run {error.run_id} failed. Finished steps are kept; run again to continue.", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        _stop()
    except SystemExit:
        raise
    except BaseException as error:  # a panic of a Rust library is not an Exception
        if str(error) == INTERRUPTED_QUERY:
            _stop()
        from bandcamp_assets.system.home import named_home
        from bandcamp_assets.system.machine_faults import chain, machine_fault

        fault = machine_fault(chain(error), named_home(os.environ))
        if fault is None:
            raise
        _say_error(str(fault))
        sys.exit(1)


def _stop() -> NoReturn:
    click.echo("Stopped. Run again to continue: nothing is lost, and nothing will be counted twice.", err=True)
    sys.exit(130)


def _say_error(text: str) -> None:
    # The text may quote the name of a file or an artist.
    click.echo("error: " + visible(text, keep="\n"), err=True)
