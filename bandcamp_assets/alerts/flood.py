"""Decides what is worth a message: each fault once, then summed up, and a bounded number of messages in all.

A fault that is open is counted, not told again, until `repeat_seconds` have passed since it was last told of; when
what failed passes again, that is told once. Many faults at once become one message, and after that nothing is said
for a while. The state is plain data of bounded size. Pure: knows neither Dagster nor targets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from bandcamp_assets.alerts.fault import Fault, Passed, Severity, shorten
from bandcamp_assets.alerts.message import Message, News, Occasion, Wording

MAX_OPEN = 100
"""Open faults that are remembered. Beyond, the one seen longest ago is forgotten, and its end not told."""
MAX_NEWS = 20
"""Things told one by one in a digest; the others are counted."""
MAX_SINGLES = 3
"""Up to so many things at once get a message each."""
MAX_MESSAGES_AN_HOUR = 12
QUIET_AFTER_DIGEST_SECONDS = 600.0
FORGET_AFTER_SECONDS = 30 * 86_400.0
"""An open fault that is neither seen again nor passes is forgotten after this."""

HOUR = 3_600.0
_KEPT_OF_WHAT = 160
_KEPT_OF_WHERE = 120


@dataclass(frozen=True)
class OpenFault:
    """A fault that has been seen, and has not passed since.

    Attributes:
        fault: The last one seen, cut short.
        since: When it was first seen.
        told_at: When it was last told of.
        count: How often it was seen since then.
    """

    fault: Fault
    since: float
    told_at: float
    count: int = 0


@dataclass
class FloodGate:
    """What is open, what is to be said, and when something was said.

    Attributes:
        open: Open faults by fingerprint.
        news: What is to be told, and has not become a message yet.
        more: How many more there are than `news` holds.
        sent_at: When the messages of the last hour were made.
        quiet_until: Nothing is said before this.
    """

    open: dict[str, OpenFault] = field(default_factory=dict)
    news: list[News] = field(default_factory=list)
    more: int = 0
    sent_at: list[float] = field(default_factory=list)
    quiet_until: float = 0.0

    def see(self, fault: Fault, now: float, repeat_seconds: float, *, standing: bool = False) -> None:
        """Take note of a fault.

        Args:
            fault: The fault.
            now: Unix seconds.
            repeat_seconds: When an open fault that is seen again is told of again.
            standing: It is the same state, looked at once more: told again after a while, but not counted.
        """
        fault = fault.shortened()
        known = self.open.get(fault.fingerprint)
        if known is None:
            self._remember(fault, now)
            self._add(News(Occasion.NEW, fault, since=fault.at))
            return
        count = known.count + (0 if standing else 1)
        due = now - known.told_at >= repeat_seconds
        if due:
            self._add(News(Occasion.STILL, fault, count=max(count, 1), since=known.since))
        self.open[fault.fingerprint] = replace(
            known,
            fault=known.fault if standing else _brief(fault),
            told_at=now if due else known.told_at,
            count=0 if due else count,
        )

    def passes(self, passed: Passed) -> None:
        """Take note that something went well: what is open there, on its days and from before, is over."""
        over = [
            known
            for known in self.open.values()
            if known.fault.scope == passed.scope
            and passed.days.cover(known.fault.days)
            and known.fault.at <= passed.at
        ]
        self._close(over)

    def stands(self, source: str, faults: Collection[Fault], now: float, repeat_seconds: float) -> None:
        """Take note of all that stands wrong by a source now; what it no longer names is over."""
        named = {fault.shortened().fingerprint for fault in faults}
        over = {
            fingerprint: known
            for fingerprint, known in self.open.items()
            if known.fault.scope.startswith(f"{source}:") and fingerprint not in named
        }
        for fingerprint, known in over.items():
            if now - known.fault.at < FORGET_AFTER_SECONDS:
                self._close([known])
            else:
                del self.open[fingerprint]  # a source names nothing that is older, mended or not
        for fault in faults:
            self.see(fault, now, repeat_seconds, standing=True)

    def messages(self, wording: Wording, now: float) -> list[Message]:
        """Make messages of what is to be said, if something may be said now."""
        self._forget(now)
        allowed = MAX_MESSAGES_AN_HOUR - len(self.sent_at)
        if not self.news or now < self.quiet_until or allowed <= 0:
            return []
        if not self.more and len(self.news) <= min(MAX_SINGLES, allowed):
            made = [wording.single(news, now) for news in self.news]
        else:
            made = [wording.digest(self.news, self.more, now)]
            self.quiet_until = now + QUIET_AFTER_DIGEST_SECONDS
        self.news, self.more = [], 0
        self.sent_at += [now] * len(made)
        return made

    def _remember(self, fault: Fault, now: float) -> None:
        if len(self.open) >= MAX_OPEN:
            del self.open[min(self.open, key=lambda fingerprint: self.open[fingerprint].fault.at)]
        self.open[fault.fingerprint] = OpenFault(_brief(fault), since=fault.at, told_at=now)

    def _close(self, over: Iterable[OpenFault]) -> None:
        """Forget open faults of one scope, and say once that it passes again."""
        closed = list(over)
        if not closed:
            return
        fingerprints = {key for key, known in self.open.items() if known in closed}
        for fingerprint in fingerprints:
            del self.open[fingerprint]
        last = max(closed, key=lambda known: known.fault.at)
        since = min(known.since for known in closed)
        self._add(News(Occasion.RECOVERED, last.fault, sum(known.count + 1 for known in closed), since))

    def _add(self, news: News) -> None:
        if len(self.news) < MAX_NEWS:
            self.news.append(news)
            return
        self.more += 1
        # Errors are told by name before warnings and recoveries.
        if news.occasion == Occasion.NEW and news.fault.severity == Severity.ERROR:
            for number, other in enumerate(self.news):
                if other.occasion == Occasion.RECOVERED or other.fault.severity == Severity.WARNING:
                    self.news[number] = news
                    return

    def _forget(self, now: float) -> None:
        self.sent_at = [at for at in self.sent_at if now - at < HOUR]
        self.open = {
            fingerprint: known
            for fingerprint, known in self.open.items()
            if now - max(known.fault.at, known.told_at) < FORGET_AFTER_SECONDS
        }


def _brief(fault: Fault) -> Fault:
    """What is kept of an open fault: it was told in full already."""
    return replace(
        fault, what=shorten(fault.what, _KEPT_OF_WHAT), where=shorten(fault.where, _KEPT_OF_WHERE), remedy=""
    )
