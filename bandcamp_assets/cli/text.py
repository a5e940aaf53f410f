"""The summary of a run and the ledger, for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bandcamp_assets.cli.notices import notices
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.report.verdict import verdict
from bandcamp_assets.state.integrity.damage import Damage
from bandcamp_assets.state.ledger.ledger import LAYERS, Ledger
from bandcamp_assets.state.plan import Plan
from bandcamp_assets.storage.warehouse import DayFigures
from bandcamp_assets.storage.warehouse.marks import FACT

WIDTH = 78

_FORMS_SHOWN = 3

MAX_DAMAGE = 20
"""The most lost or damaged files that are named. If there are more, most have one cause."""


def summary(
    ledger: Ledger, deployment: Deployment, plan: Plan, seconds: Mapping[str, float], total_seconds: float
) -> str:
    """The summary of a run: rows, money, days, time, and where everything is."""
    parts = [
        _headline(plan, ledger),
        *_files(deployment),
        *_figures(ledger),
        "",
        verdict(ledger),
        *notices(deployment, ledger),
        "",
    ]
    parts += [*_steps(seconds, total_seconds), ""]
    return "\n".join([*parts, *_places(deployment)])


def _headline(plan: Plan, ledger: Ledger) -> str:
    if plan.days and not ledger.total(FACT).rows:
        done = "no sales, so the tables are empty"
    elif plan.days:
        done = f"built {len(plan.days)} day{'s' if len(plan.days) != 1 else ''}"
    elif plan.report:
        done = f"rebuilt the {'marts' if plan.marts else 'report'}"
    else:
        done = "everything was up to date, nothing to do"
    return f"\nBandcamp sales: {done}\n{'─' * WIDTH}"


def _files(deployment: Deployment) -> list[str]:
    """How the files were read, pages of the feed left out: one line."""
    forms = Counter(str(file.form) for file in deployment.catalog.current_files() if file.form)
    if not forms:
        return []
    said = [f"{form} ({files:,})" if len(forms) > 1 else form for form, files in forms.most_common(_FORMS_SHOWN)]
    return [f"{'files':<24}{forms.total():>16,}  {'; '.join(said)}{'; …' if len(forms) > _FORMS_SHOWN else ''}"]


def _figures(ledger: Ledger) -> list[str]:
    fact, repeated = ledger.total(FACT), ledger.total("duplicates")
    lines = [
        _line("raw rows", f"{ledger.raw_rows:,}"),
        _line("  sales", f"{fact.rows:,}"),
        _line("  duplicates", f"{repeated.rows:,}"),
        _line("  rejected", f"{ledger.rejected_measured:,}"),
    ]
    lines += [
        _line(f"    {reason.value}", f"{ledger.rejected[reason.value]:,}", reason.meaning)
        for reason in RejectionReason
        if ledger.rejected.get(reason.value)
    ]
    lines += _paid(fact)
    if ledger.days:
        lines.append(_line("days (UTC)", f"{ledger.days[0]} to {ledger.days[-1]}, {len(ledger.days)} in all"))
    return lines


def _paid(fact: DayFigures) -> list[str]:
    """The sum of the tables, and its parts."""
    if not fact.estimated_rows:
        return [_line("paid", f"{fact.total_usd:,.2f} USD", "as delivered, none estimated" if fact.rows else "")]
    return [
        _line("paid", f"{fact.total_usd:,.2f} USD"),
        _line("  delivered", f"{fact.amount_paid_usd:,.2f} USD"),
        _line(
            "  estimated",
            f"{fact.estimated_usd:,.2f} USD",
            f"{fact.estimated_rows:,} sale{'s' if fact.estimated_rows != 1 else ''} came without USD",
        ),
    ]


def _line(name: str, value: str, note: str = "") -> str:
    line = f"{name:<24}{value:>16}"
    return f"{line}  {note}" if note and len(line) + len(note) + 2 <= 160 else line


def _steps(seconds: Mapping[str, float], total_seconds: float) -> list[str]:
    steps = [f"  {name:<34}{spent:8.2f} s" for name, spent in seconds.items() if spent >= 0.05]
    rest = total_seconds - sum(seconds.values())
    return [
        "seconds by step",
        *steps,
        f"  {'start, events and counting':<34}{rest:8.2f} s",
        f"  {'in all':<34}{total_seconds:8.2f} s",
    ]


def _places(deployment: Deployment) -> list[str]:
    home = deployment.settings.home
    return [
        f"lake        {home.lake}  (Parquet by day)",
        f"objects     {deployment.object_store.place}",
        f"warehouse   {deployment.warehouse.place}",
        f"tables      {home.tables}  (Parquet with datapackage.json; `bandcamp sql` reads them)",
        "look at it  bandcamp ui (in a clone make ui), then http://127.0.0.1:3000 (assets, checks, lineage)",
        "ledger      bandcamp status",
        f"dashboard   {home.dashboard_page}  (open it in a browser, or `bandcamp dashboard`)",
    ]


def damage_lines(damage: Sequence[Damage]) -> list[str]:
    """The first lost or damaged files, each with what to do, and the number of the others."""
    lines = [line for one in damage[:MAX_DAMAGE] for line in (f"✗ {one}", f"  what to do: {one.remedy}")]
    more = len(damage) - MAX_DAMAGE
    return [*lines, f"✗ and {more:,} more"] if more > 0 else lines


def ledger_table(ledger: Ledger) -> str:
    """The ledger as text, a line for each day: rows of every layer, USD of the fact, whether the layers agree."""
    header = f"{'day (UTC)':<11}" + "".join(f"{name:>12}" for name in LAYERS)
    header += f"{'USD':>16}{'of it estimated':>17}  agrees"
    lines = [header, "─" * len(header)]
    table = ledger.table()
    for row in table.iter_rows(named=True):
        counts = "".join(f"{row[f'{name}_rows']:>12,}" for name in LAYERS)
        money = f"{row['fct_sales_usd']:>16,.2f}{row['fct_sales_estimated_usd']:>17,.2f}"
        lines.append(f"{row['sale_date']!s:<11}{counts}{money}  {'yes' if row['agrees'] else 'NO'}")
    fact = ledger.total(FACT)
    counts = "".join(f"{ledger.total(name).rows:>12,}" for name in LAYERS)
    lines += ["─" * len(header), f"{'all':<11}{counts}{fact.total_usd:>16,.2f}{fact.estimated_usd:>17,.2f}"]
    lines += [
        "",
        *_paid(fact),
        f"raw rows {ledger.raw_rows:,}; rejected {ledger.rejected_measured:,}",
        verdict(ledger),
    ]
    return "\n".join(lines)
