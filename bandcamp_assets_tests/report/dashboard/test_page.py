"""The page as text: its content, its size, and the sources that it names."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import zlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bandcamp_assets.dbt.manifest import exposed, load_manifest
from bandcamp_assets.report.dashboard import page as page_module
from bandcamp_assets.report.dashboard.charts import VEGA_LITE
from bandcamp_assets.report.dashboard.contents import names_data, page_data
from bandcamp_assets.report.dashboard.data import DashboardData, Provenance
from bandcamp_assets.report.dashboard.page import render_page
from bandcamp_assets.report.dashboard.runtime import Runtime, load_runtime
from bandcamp_assets.report.dashboard.sections import PUBLISHED, SECTIONS
from bandcamp_assets.report.dashboard.shown import shown_checks, shown_sections
from bandcamp_assets.report.dashboard.tables import MARTS, TABLES
from bandcamp_assets.report.dashboard.version import page_fingerprint
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.homes import SampleHome
from bandcamp_assets_tests.report.dashboard.pages import Dashboard
from bandcamp_assets_tests.report.dashboard.test_columns import unpack

pytestmark = pytest.mark.xdist_group("sample")

HOSTILE = "</script><script>alert(1)</script>\u2028"


@pytest.fixture(scope="module")
def dashboard(sample_home: SampleHome) -> Dashboard:
    return Dashboard(sample_home.home)


@pytest.fixture(scope="module")
def data(dashboard: Dashboard) -> DashboardData:
    return dashboard.data()


@pytest.fixture(scope="module")
def runtime(dashboard: Dashboard) -> Runtime:
    return load_runtime(dashboard.home.deployment.settings.home)


def full_cube(sample: pl.DataFrame, rows: int, sales_a_row: int) -> pl.DataFrame:
    """As many rows as the mart may have, each with so many sales, with all values of the sample."""
    dice = np.random.default_rng(1)
    days = [date(2020, 1, 1) + timedelta(number) for number in range(60)]
    texts = {
        name: dice.choice(sample[name].unique().sort().to_numpy(), rows)
        for name in ("country", "item_type_label", "item_format", "currency", "price_band")
    }
    sales = dice.integers(1, 2 * sales_a_row, rows)
    cents = sales * dice.integers(100, 5_000, rows)
    numbers = {
        "sales": sales,
        "items": sales + dice.integers(0, 3, rows),
        "overpaid_sales": sales // 3,
        "bandcamp_friday_sales": sales // 5,
    }
    # Few sums have a sale beyond the first 100 USD.
    beyond = np.where(dice.random(rows) < 0.05, cents // 20, 0)
    in_cents = {
        "revenue_usd": cents,
        "overpaid_usd": cents // 9,
        "bandcamp_friday_revenue_usd": cents // 5,
        "uncharged_usd": cents // 5 + beyond,
    }
    money = {
        name: pl.Series(amounts.astype(np.int64)).cast(pl.Decimal(18, 2)) / 100
        for name, amounts in in_cents.items()
    }
    made = pl.DataFrame(
        {
            "grain": ["day"] * rows,
            "period_start": [days[place] for place in dice.integers(0, len(days), rows)],
            **texts,
            **numbers,
            **money,
        }
    )
    return made.with_columns(pl.col(name).cast(pl.Decimal(18, 2)) for name in money).select(sample.columns)


def many_names(sample: pl.DataFrame, artists: int, labels: int, sales_each: float) -> pl.DataFrame:
    """So many artists and labels, whose names are letters by chance, with as many sales as names have."""
    dice = np.random.default_rng(2)
    letters = np.array(list(" aabcdeeefghiilmnoorssttuy"))
    count = artists + labels
    ends = np.cumsum(dice.integers(4, 22, count))
    text = "".join(dice.choice(letters, int(ends[-1])))
    spelled = [f"{text[start:end]}{n}" for n, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True))]
    sales = np.ceil(dice.pareto(1.2, count) * sales_each).astype(np.int64) + 1
    cents = sales * dice.integers(100, 2_500, count)
    made = {
        "seller_role": ["artist"] * artists + ["label"] * labels,
        "seller_name": spelled[:artists] + [f"{name}.bandcamp.com" for name in spelled[artists:]],
        "artists": np.where(np.arange(count) < artists, 1, dice.integers(3, 60, count)),
        "distinct_items": np.minimum(sales, dice.integers(1, 20, count)),
        "sales": sales,
        "revenue_usd": pl.Series(cents).cast(pl.Decimal(18, 2)) / 100,
        "overpaid_usd": pl.Series(np.where(sales > 2, cents // 9, 0)).cast(pl.Decimal(18, 2)) / 100,
        "revenue_rank": np.arange(count),
    }
    return pl.DataFrame(made).cast(dict(sample.schema)).select(sample.columns)


def test_names_that_do_not_fit_into_the_page_are_those_with_the_lowest_revenue(data: DashboardData):
    mart = data.marts["dashboard_names"]
    whole = names_data(mart, 10_000_000)
    room = len(json.dumps(whole)) // 2

    fitting = names_data(mart, room)

    assert whole["rows"] == mart.height
    assert 0.3 * mart.height < fitting["rows"] < 0.6 * mart.height
    assert len(json.dumps(fitting)) <= room
    highest = mart.sort("revenue_usd", "seller_role", "seller_name", descending=[True, False, False])
    assert unpacked_names(fitting) == set(highest["seller_name"].head(fitting["rows"]))
    assert names_data(mart, 0)["rows"] == 0


def unpacked_names(packed: dict) -> set[str]:
    """The names, as `static/decode.js` unpacks them."""
    rests = zlib.decompress(base64.b64decode(packed["texts"]["rest"])).decode().split("\0")
    found, before = set(), ""
    for count, rest in zip(unpack(packed["texts"]["shared"]), rests, strict=True):
        before = before[:count] + rest
        found.add(before)
    return found


@pytest.mark.long
def test_a_page_of_one_million_sales_stays_under_4_mb(data: DashboardData, runtime: Runtime):
    # As many names as 1,000,000 sample sales have.
    names = many_names(data.marts["dashboard_names"], 171_672, 5_000, 0.8)
    cube = full_cube(data.marts["dashboard_sales"], 200_000, 5)
    marts = {**data.marts, "dashboard_sales": cube, "dashboard_names": names}

    page = render_page(DashboardData(marts, data.provenance), runtime)

    assert len(page.encode()) < 4_000_000


@pytest.mark.long
def test_a_page_of_a_hundred_million_sales_stays_under_6_mb(data: DashboardData, runtime: Runtime):
    names = many_names(data.marts["dashboard_names"], 180_000, 20_000, 80)
    cube = full_cube(data.marts["dashboard_sales"], 200_000, 500)
    marts = {**data.marts, "dashboard_sales": cube, "dashboard_names": names}

    page = render_page(DashboardData(marts, data.provenance), runtime)

    assert len(page.encode()) < 6_000_000


def test_the_page_is_one_file_that_names_no_address_to_fetch(dashboard: Dashboard):
    page = html.unescape(dashboard.page.read_text(encoding="utf-8"))

    own = re.sub(r"<script type=\"module\">.*?</script>", "", page, flags=re.DOTALL)
    # Only links to the documentation, which lies beside it.
    assert not re.search(r"(?:src|href)=\"(?!#|dbt_docs/index\.html#)", own)
    assert "default-src 'none'" in own
    assert "unsafe" not in own.partition("<style>")[0]


def test_nothing_in_the_data_can_end_its_element(data: DashboardData, runtime: Runtime):
    artists = data.marts["dashboard_artists"]
    name = artists["artist_name"][0]
    hostile = artists.with_columns(
        pl.col("artist_name").replace({name: "</script><script>alert(1)</script>\u2028"})
    )

    names = data.marts["dashboard_names"].with_columns(pl.col("seller_name").replace({name: HOSTILE}))

    changed = {**data.marts, "dashboard_artists": hostile, "dashboard_names": names}
    page = render_page(DashboardData(changed, data.provenance), runtime)

    texts = {
        name: page.partition(f'id="{name}">')[2].partition("</script>")[0]
        for name in ("page-data", "names", "world")
    }
    assert "<" not in "".join(texts.values())
    assert HOSTILE in json.loads(texts["page-data"])["artists"]["labels"]["artist_name"]
    packed = base64.b64decode(json.loads(texts["names"])["texts"]["rest"])
    assert HOSTILE in zlib.decompress(packed).decode()


def test_price_bands_are_in_the_order_of_their_bounds(data: DashboardData, runtime: Runtime):
    bands = page_data(data, runtime)["sales"]["labels"]["price_band"]

    assert bands[:4] == ["free", "under 1", "1.00 to 1.99", "2.00 to 4.99"]
    assert [float(band.split()[0]) for band in bands[2:]] == sorted(float(band.split()[0]) for band in bands[2:])


def test_the_exposure_names_the_marts_that_the_page_reads(dashboard: Dashboard):
    manifest = load_manifest(dashboard.home.deployment.dbt)

    assert exposed(manifest, "sales_dashboard") == sorted(MARTS)


def test_each_card_has_its_chart_or_its_table():
    cards = [PUBLISHED, *(card for section in SECTIONS for card in section.cards)]
    charts = {card.id for card in cards if card.has_chart}
    tables = {card.id for card in cards if not card.has_chart}

    assert charts == {*VEGA_LITE, "map"}
    assert tables == set(TABLES) - charts


def test_each_card_names_a_table_that_dbt_documents(dashboard: Dashboard):
    models = {node["name"] for node in load_manifest(dashboard.home.deployment.dbt)["nodes"].values()}

    assert {card.mart for section in SECTIONS for card in section.cards} | {PUBLISHED.mart} <= models


def test_what_does_not_apply_is_not_on_the_page(data: DashboardData):
    published = data.marts["published_comparison"]
    agrees = published.with_columns(pl.lit("agrees").alias("verdict"))

    assert set(published["verdict"]) == {"not applicable"}
    assert shown_checks(data.marts) == ()
    assert shown_checks({**data.marts, "published_comparison": agrees}) == (PUBLISHED,)


def test_without_a_label_there_is_no_ranking_of_labels(data: DashboardData):
    artists = data.marts["dashboard_names"].filter(pl.col("seller_role") == "artist")
    without = {**data.marts, "dashboard_names": artists}

    assert "labels" in {card.id for section in shown_sections(data.marts) for card in section.cards}
    assert "labels" not in {card.id for section in shown_sections(without) for card in section.cards}


def test_without_a_bandcamp_friday_its_card_is_not_on_the_page(data: DashboardData):
    without = {**data.marts, "bandcamp_friday_effect": data.marts["bandcamp_friday_effect"].clear()}

    assert "fridays" in {card.id for section in shown_sections(data.marts) for card in section.cards}
    assert "fridays" not in {card.id for section in shown_sections(without) for card in section.cards}


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        (["archive:https://x"], "the published archive"),
        (["path:/a", "inbox:b", "feed:c", "inbox:d"], "files and delivered files and the live feed"),
        ([], "no file"),
    ],
)
def test_the_page_names_the_sources_of_its_sales(data: DashboardData, origins: list[str], said: str):
    arrived = datetime(2020, 10, 3, tzinfo=UTC)
    files = [RawFile(str(n), "n", "s", origin, False, 1, "f", arrived) for n, origin in enumerate(origins)]
    known = data.provenance
    provenance = Provenance("r", arrived, "p", files, known.ledger, known.assumptions)

    assert provenance.sources == said


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package of the page, without the large files of others."""
    source = Path(page_module.__file__).parent
    kept_out = shutil.ignore_patterns("__pycache__", "vendor")
    return Path(shutil.copytree(source, tmp_path / "package", ignore=kept_out))


def test_charts_are_compiled_once_and_again_if_the_kept_ones_are_wrong(tmp_path: Path):
    home = Home(tmp_path)
    home.prepare()
    first = load_runtime(home)
    kept = home.dashboard / "charts.json"
    written = kept.stat().st_mtime_ns

    again = load_runtime(home)

    assert again == first
    assert kept.stat().st_mtime_ns == written
    as_written = kept.read_text()
    for wrong in ({"key": "of another version"}, {"charts": {"days": {}}}):
        kept.write_text(json.dumps({**json.loads(as_written), **wrong}))
        assert load_runtime(home) == first
        assert kept.read_text() == as_written
    kept.write_text("{torn")
    assert load_runtime(home) == first
    assert kept.read_text() == as_written


@pytest.mark.parametrize("name", ["sections.py", "static/filter.js", "static/page.css", "static/page.html.jinja"])
def test_the_version_of_the_page_changes_with_each_of_its_files(package: Path, tmp_path: Path, name: str):
    same, changed = (Path(shutil.copytree(package, tmp_path / copy)) for copy in ("same", "changed"))
    with (changed / name).open("a") as file:
        file.write(" ")

    assert page_fingerprint(same) == page_fingerprint(package)
    assert page_fingerprint(changed) != page_fingerprint(package)


def test_the_version_of_the_page_changes_with_the_name_of_a_file(package: Path, tmp_path: Path):
    changed = Path(shutil.copytree(package, tmp_path / "changed"))
    (changed / "static" / "filter.js").rename(changed / "static" / "filtered.js")

    assert page_fingerprint(changed) != page_fingerprint(package)


def test_compiled_code_is_not_part_of_the_version_of_the_page(package: Path, tmp_path: Path):
    with_compiled = Path(shutil.copytree(package, tmp_path / "compiled"))
    (with_compiled / "__pycache__").mkdir()
    (with_compiled / "__pycache__" / "cards.cpython-311.pyc").touch()

    assert page_fingerprint(with_compiled) == page_fingerprint(package)
