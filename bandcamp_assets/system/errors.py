"""The errors that are meant for people.

Everything that can go wrong outside our code (a file, a setting, a server, a permission) ends as
a `PlatformError`. Bugs do not: they keep their stack trace.
"""

from __future__ import annotations


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
        super().__init__(f"{what}\n  where: {where}\n  what to do: {remedy}")

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
