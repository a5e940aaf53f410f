"""Decides what is worth a message: each fault once, then summed up, and a bounded number of messages in all.

A fault that is open is counted, not told again, until `repeat_seconds` have passed since it was last told of. When
what failed passes again, that is told once. What is new at one moment becomes one message; after a long one it is
quiet for a while. The state is plain data of bounded size. Pure: knows neither Dagster nor targets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from bandcamp_assets.alerts.fault import Fault, Passed, Severity, shorten
from bandcamp_assets.alerts.message import Message, News, Occasion, worded

MAX_OPEN = 100
"""Open faults that are remembered. Beyond, the one seen longest ago is forgotten, and its end not told."""
MAX_NEWS = 20
"""Things told one by one in a message; the others are counted."""
SHORT = 3
"""A message about more things than this is followed by quiet."""
QUIET_SECONDS = 600.0
MAX_MESSAGES_AN_HOUR = 12
FORGET_AFTER_SECONDS = 30 * 86_400.0
"""Nobody is told that something older is wrong, or is no longer named."""

_HOUR = 3_600.0
_KEPT_OF_A_SENTENCE = 160


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
        """Take note of a fault that holds no secrets.

        Args:
            fault: The fault.
            now: Unix seconds.
            repeat_seconds: When an open fault that is seen again is told of again.
            standing: It is the same state, looked at once more: told again after a while, but not counted.
        """
        known = self.open.get(fault.fingerprint)
        if known is None:
            if len(self.open) >= MAX_OPEN:
                del self.open[min(self.open, key=lambda other: self.open[other].fault.at)]
            self.open[fault.fingerprint] = OpenFault(_brief(fault), since=fault.at, told_at=now)
            self._add(News(Occasion.NEW, fault, since=fault.at))
            return
        known = replace(
            known, count=known.count + (not standing), fault=known.fault if standing else _brief(fault)
        )
        if now - known.told_at >= repeat_seconds:
            self._add(News(Occasion.STILL, fault, max(known.count, 1), known.since))
            known = replace(known, told_at=now, count=0)
        self.open[fault.fingerprint] = known

    def passes(self, passed: Passed) -> None:
        """Take note that something went well: what is open there, on its days and from before, is over."""
        self._close(
            fingerprint
            for fingerprint, known in self.open.items()
            if known.fault.scope == passed.scope
            and passed.days.cover(known.fault.days)
            and known.fault.at <= passed.at
        )

    def stands(self, source: str, faults: Collection[Fault], now: float, repeat_seconds: float) -> None:
        """Take note of all that a source finds wrong now; what it no longer names is over."""
        named = {fault.fingerprint for fault in faults}
        for fingerprint, known in list(self.open.items()):
            if known.fault.scope.startswith(f"{source}:") and fingerprint not in named:
                if now - known.fault.at < FORGET_AFTER_SECONDS:
                    self._close([fingerprint])
                else:
                    del self.open[fingerprint]  # a source names nothing that is older, fixed or not
        for fault in faults:
            self.see(fault, now, repeat_seconds, standing=True)

    def message(self, ui_url: str, now: float) -> Message | None:
        """The message about what is to be said, if there is anything and something may be said now."""
        self.sent_at = [at for at in self.sent_at if now - at < _HOUR]
        if not self.news or now < self.quiet_until or len(self.sent_at) >= MAX_MESSAGES_AN_HOUR:
            return None
        message = worded(self.news, self.more, ui_url, now)
        if len(self.news) > SHORT:
            self.quiet_until = now + QUIET_SECONDS
        self.news, self.more = [], 0
        self.sent_at.append(now)
        return message

    def _close(self, fingerprints: Iterable[str]) -> None:
        """Forget open faults of one scope, and say once that it passes again."""
        closed = [self.open.pop(fingerprint) for fingerprint in list(fingerprints)]
        if closed:
            last = max(closed, key=lambda known: known.fault.at)
            count = sum(known.count + 1 for known in closed)
            self._add(News(Occasion.RECOVERED, last.fault, count, min(known.since for known in closed)))

    def _add(self, news: News) -> None:
        if len(self.news) < MAX_NEWS:
            self.news.append(news)
            return
        self.more += 1
        # Errors are told by name before warnings and recoveries.
        if news.occasion == Occasion.NEW and news.severity == Severity.ERROR:
            for number, other in enumerate(self.news):
                if other.severity != Severity.ERROR:
                    self.news[number] = news
                    return


def _brief(fault: Fault) -> Fault:
    """What is kept of an open fault: it was told in full already. Its fingerprint is kept beside it."""
    what, where = shorten(fault.what, _KEPT_OF_A_SENTENCE), shorten(fault.where, _KEPT_OF_A_SENTENCE)
    return replace(fault, what=what, where=where, remedy="")
