"""The errors that are meant for people.

Everything that can go wrong outside our code (a file, a setting, a server, a permission) ends as
a `PlatformError`. Bugs do not: they keep their stack trace.
"""

from __future__ import annotations

from typing import Protocol

_WHERE, _REMEDY = "\n  where: ", "\n  what to do: "


class RecordedError(Protocol):
    """What Dagster keeps of an error that was raised in a run."""

    @property
    def message(self) -> str:
        """The error's text, behind the name of its class."""

    @property
    def cause(self) -> RecordedError | None:
        """The error that it was raised from."""


class PlatformError(Exception):
    """Something outside the platform is wrong, and a person can fix it.

    Args:
        what: What happened, as one sentence without a full stop.
        where: The file, row, column, setting or address where it happened.
        remedy: What to do about it, as one sentence without a full stop.
    """

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(f"{what}{_WHERE}{where}{_REMEDY}{remedy}")

    @staticmethod
    def read(text: str) -> PlatformError | None:
        """The error whose text this is; None if it is not the text of such an error."""
        what, has_where, rest = text.partition(_WHERE)
        where, has_remedy, remedy = rest.partition(_REMEDY)
        return PlatformError(what, where=where, remedy=remedy) if has_where and has_remedy else None

    @staticmethod
    def recorded(error: RecordedError) -> PlatformError | None:
        """The innermost such error among a recorded error and its causes; None if there is none."""
        deeper = PlatformError.recorded(error.cause) if error.cause else None
        return deeper or PlatformError.read(error.message.strip().partition(": ")[2])

    def __reduce__(self) -> tuple[object, ...]:
        # Executors pickle errors across processes; keyword-only arguments need this.
        return (_rebuild, (self.what, self.where, self.remedy))


def _rebuild(what: str, where: str, remedy: str) -> PlatformError:
    return PlatformError(what, where=where, remedy=remedy)


class RunFailed(Exception):  # noqa: N818 - it is what happened
    """A run ended with failures.

    Args:
        run_id: The run.
        failures: What failed, as text for people.
    """

    def __init__(self, run_id: str, failures: list[str]) -> None:
        self.run_id = run_id
        self.failures = failures
        super().__init__(f"run {run_id} failed: {'; '.join(failures)}")
