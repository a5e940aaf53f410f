"""Trials of whole processes: `bandcamp run`, and Dagster's own command, killed at random moments."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from bandcamp_assets_tests.soak.commands import command, kill_after, must_end_as_undisturbed, start
from bandcamp_assets_tests.soak.reference import ROWS, built_home, built_reference
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario
from bandcamp_assets_tests.soak.shim import COMPILER, Counter, Stop, preloaded
from bandcamp_assets_tests.sources.feed.feed_faults import PASSING_FAULTS
from bandcamp_assets_tests.sources.feed.feed_server import FeedServer
from bandcamp_assets_tests.sources.feed.generated_feed import SECONDS_A_DAY, GeneratedFeed
from bandcamp_assets_tests.system.instance.age import let_time_pass_for_runs_that_never_began

PART = "bandcamp run"
UNDER_DAGSTER = "dagster asset materialize"
AGAIN = "the next run ended as undisturbed"
MOST_KILLS = 8
"""Of one trial. Each run goes on where the one before left the home; the last, undisturbed one is paid once."""


def killed_at_random_times(chance: random.Random, folder: Path, *, group: bool) -> Outcome:
    """Some kills, each at a random time of what a run takes."""
    with built_home(folder, finished=False) as home:
        kills = 0
        for _ in range(chance.randint(1, MOST_KILLS)):
            process = start(home, command(home))
            kills += kill_after(process, chance.uniform(0.0, built_reference().seconds), group=group)
        must_end_as_undisturbed(home, f"{kills} kills")
    return _outcome(kills)


def killed_at_random_calls(chance: random.Random, folder: Path, *, torn: bool) -> Outcome:
    """Some kills, each at a random call that changes a file; of dbt, report and Dagster's database, too."""
    calls = [chance.randint(1, built_reference().calls) for _ in range(chance.randint(1, MOST_KILLS))]
    with built_home(folder, finished=False) as home:
        kills = 0
        for call in calls:
            counted = preloaded(home.root, Counter(folder / "counter"), Stop(call, torn=torn))
            process = start(home, command(home), **counted)
            kills += process.wait() == -9
        must_end_as_undisturbed(home, f"kills at calls {calls}")
    return _outcome(kills)


def killed_while_starting_afresh(chance: random.Random, folder: Path) -> Outcome:
    """`--fresh` on a full home, killed while it empties it or after."""
    with built_home(folder, finished=True) as home:
        process = start(home, [*command(home), "--fresh"])
        killed = kill_after(process, chance.uniform(0.0, 0.4 * built_reference().seconds), group=False)
        must_end_as_undisturbed(home, "a kill of --fresh")
    return _outcome(int(killed))


def killed_under_dagster(chance: random.Random, folder: Path) -> Outcome:
    """`dagster asset materialize` over all days, killed."""
    with built_home(folder, finished=True) as home:
        selection = chance.choice(("cleaned_sales,duplicate_sales", "sales_objects", "sales", "key:fct_sales"))
        process = start(
            home,
            [
                *(sys.executable, "-m", "dagster", "asset", "materialize", "-m", "bandcamp_assets.definitions"),
                *("--select", selection, "--partition-range", "2020-09-09...2020-09-11"),
            ],
            DAGSTER_HOME=str(home.root / "dagster"),
        )
        killed = kill_after(
            process, chance.uniform(2.0, 0.5 * built_reference().seconds), group=chance.random() < 0.5
        )
        # Killed before its run began, Dagster's command leaves nothing that tells of its process.
        let_time_pass_for_runs_that_never_began(home.root / "dagster")
        must_end_as_undisturbed(home, f"a kill of Dagster's run of {selection}")
    return _outcome(int(killed))


def feed_killed(chance: random.Random, folder: Path) -> Outcome:
    """Polls of the live feed, each killed at a random touch of disk or network; the server has faults, too."""
    from bandcamp_assets.sources.feed import PageStore, coverage
    from bandcamp_assets_tests.sources.feed.conftest import poll_once
    from bandcamp_assets_tests.sources.feed.test_kills import (
        assert_as_expected,
        poll_and_die,
        rejected_once,
        stage_all,
    )

    feed = GeneratedFeed(days=0.5, seed=chance.randrange(10**6), sales_per_day=700)
    store = PageStore(folder / "pages")
    server = FeedServer(
        feed,
        page_seconds=1800,
        overlap_seconds=300,
        reach_back_seconds=10 * SECONDS_A_DAY,
        fault_source=lambda: chance.choice(PASSING_FAULTS) if chance.random() < 0.05 else None,
    )
    with server:
        poll_once(server, store)
        step = (feed.end_second - server.clock.now()) / 6
        kills = 0
        for _ in range(6):
            server.clock.advance(step)
            kills += poll_and_die(server, store, after=chance.randrange(2, 60)) == -9
        last = poll_once(server, store)
    covered = coverage(store.windows())
    assert (last.error, last.caught_up, covered.gaps, covered.cursor) == (None, True, (), feed.end_second), last
    assert not list(store.folder.glob("*.part")), "half-made pages are left"
    expected = feed.expected([(float(min(store.windows()).start_date), feed.end_second)])
    assert_as_expected(stage_all(store, folder / "lake"), expected)
    assert rejected_once(folder / "lake") == expected.rejected, "rejected rows differ"
    return Outcome("killed, all sales of the feed once", len(expected.cents), kills)


def _outcome(kills: int) -> Outcome:
    return Outcome(f"killed, {AGAIN}" if kills else "ended as undisturbed", ROWS, kills)


_COUNTED = [
    Scenario(
        PART,
        "SIGKILL at random calls that change a file",
        lambda c, f: killed_at_random_calls(c, f, torn=False),
    ),
    Scenario(PART, "SIGKILL half-way through random writes", lambda c, f: killed_at_random_calls(c, f, torn=True)),
]

SCENARIOS = [
    *(_COUNTED if COMPILER else []),
    Scenario(PART, "SIGKILL at random times", lambda c, f: killed_at_random_times(c, f, group=False)),
    Scenario(PART, "SIGKILL of the whole process group", lambda c, f: killed_at_random_times(c, f, group=True)),
    Scenario(PART, "SIGKILL while `--fresh` empties the home", killed_while_starting_afresh),
    Scenario(UNDER_DAGSTER, "SIGKILL at a random time", killed_under_dagster),
    Scenario("feed", "SIGKILL of the poll, faults of the server", feed_killed),
]
