"""`bandcamp mcp`, asked by the protocol's own client over stdio, as an assistant does."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult

from bandcamp_assets.cli import mcp_server
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.homes import BANDCAMP, SampleHome, TestHome

Said = TypeVar("Said")


def converse(home: TestHome, talk: Callable[[ClientSession], Awaitable[Said]], folder: Path) -> Said:
    """Start the server in a folder, talk with it, and end it."""

    async def conversation() -> Said:
        server = StdioServerParameters(
            command=str(BANDCAMP), args=["mcp"], env=home.environment(), cwd=str(folder)
        )
        async with stdio_client(server) as (incoming, outgoing), ClientSession(incoming, outgoing) as session:
            await session.initialize()
            return await talk(session)

    return asyncio.run(conversation())


def calling(tool: str, **arguments: object) -> Callable[[ClientSession], Awaitable[CallToolResult]]:
    return lambda session: session.call_tool(tool, arguments)


def told(result: CallToolResult) -> str:
    """The text of an answer, as an assistant reads it."""
    return "".join(part.text for part in result.content if part.type == "text")


def files(home: TestHome) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in home.root.rglob("*") if path.is_file()}


@pytest.mark.xdist_group("sample")
def test_an_assistant_lists_describes_and_asks(sample_home: SampleHome, tmp_path: Path) -> None:
    async def talk(session: ClientSession) -> list[Any]:
        tools = await session.list_tools()
        assert {tool.name: tool.annotations.read_only_hint for tool in tools.tools if tool.annotations} == {
            "list_tables": True,
            "describe_table": True,
            "query": True,
        }
        asked = "select sale_date, sales from daily_sales order by sale_date"
        return [
            json.loads(told(await session.call_tool("list_tables", {}))),
            json.loads(told(await session.call_tool("describe_table", {"table": "daily_sales"}))),
            json.loads(told(await session.call_tool("query", {"sql": asked, "limit": 2}))),
        ]

    tables, described, answered = converse(sample_home.home, talk, tmp_path)

    assert "generated sample" in tables["title"]
    rows = {one["name"]: one["rows"] for one in tables["tables"]}
    assert rows["fct_sales"] > 10_000
    assert all(one["description"] for one in tables["tables"])
    assert described["rows"] == rows["daily_sales"]
    assert {one["name"]: one["type"] for one in described["fields"]}["sale_date"] == "date"
    assert answered["columns"] == ["sale_date", "sales"]
    assert answered["rows"][0][0] == "2020-09-09"
    assert answered["rows"][0][1] > 0
    assert (len(answered["rows"]), answered["has_more"]) == (2, True)


@pytest.mark.xdist_group("sample")
@pytest.mark.parametrize(
    ("sql", "because"),
    [
        ("delete from daily_sales", "This statement does more than read"),
        ("copy daily_sales to 'out.csv'", "This statement does more than read"),
        ("select 1; select 2", "Exactly one statement is needed"),
        ("from read_text('/etc/hostname')", "Error"),
        ("from 'secret.csv'", "Error"),
        ("with x as (copy daily_sales to 'out.csv') select 1", "Error"),
        ("from no_table", "no_table does not exist"),
        ("select repeat('x', 300000)", "at most 200,000 are allowed"),
    ],
)
def test_what_it_refuses_says_why_and_what_to_do(
    sql: str, because: str, sample_home: SampleHome, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("word\nswordfish\n")
    before = files(sample_home.home)

    refused = converse(sample_home.home, calling("query", sql=sql), tmp_path)

    assert refused.is_error
    assert because in told(refused)
    assert "what to do: " in told(refused)
    assert "swordfish" not in told(refused)
    assert files(sample_home.home) == before
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


@pytest.mark.xdist_group("sample")
@pytest.mark.parametrize("limit", [0, 1_001, -1])
def test_no_answer_has_more_rows_than_allowed(limit: int, sample_home: SampleHome, tmp_path: Path) -> None:
    refused = converse(sample_home.home, calling("query", sql="from fct_sales", limit=limit), tmp_path)

    assert refused.is_error
    assert "limit" in told(refused)


@pytest.mark.xdist_group("sample")
def test_a_query_that_takes_too_long_is_stopped(sample_home: SampleHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_server, "MAX_SECONDS", 0.5)
    forever = "select count(*) from range(100000000) a, range(100000000) b"

    with pytest.raises(PlatformError, match="and was stopped"):
        mcp_server.answer(sample_home.home.deployment.settings.home, forever, 1)


@pytest.mark.xdist_group("sample")
def test_an_unknown_table_is_answered_with_the_known_ones(sample_home: SampleHome, tmp_path: Path) -> None:
    refused = converse(sample_home.home, calling("describe_table", table="nope"), tmp_path)

    assert refused.is_error
    assert "There is no table 'nope'" in told(refused)
    assert "daily_sales" in told(refused)


def test_a_home_without_tables_says_what_to_run_and_stays_empty(tmp_path: Path) -> None:
    refused = converse(TestHome(tmp_path / "home"), calling("list_tables"), tmp_path)

    assert refused.is_error
    assert "There is no data package here yet" in told(refused)
    assert not (tmp_path / "home").exists()


def test_settings_of_another_project_in_the_working_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FASTMCP_LOG_LEVEL=nonsense\n")

    refused = converse(TestHome(tmp_path / "home"), calling("list_tables"), tmp_path)

    assert "There is no data package here yet" in told(refused)


def test_without_its_package_it_names_the_extra(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['fastmcp'] = None; sys.argv[1:] = ['mcp']; import bandcamp_assets.cli as c"

    done = subprocess.run(
        [sys.executable, "-c", f"{hidden}; c.run_command()"],
        env=TestHome(tmp_path / "home").environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "pip install 'bandcamp-assets[mcp]'" in done.stderr
    assert done.stdout == ""
