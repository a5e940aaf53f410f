"""Trials of what a machine may lack: disk, inodes, memory, open files, permission, a lock that another holds."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.soak.commands import must_end_as_undisturbed, run_to_end
from bandcamp_assets_tests.soak.reference import ROWS, built_home
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario

AGAIN = "the next run ended as undisturbed"
MIB = 2**20
KILLED = {
    -5: "stopped by the JavaScript engine that got no memory",
    -6: "aborted by the library that got no memory",
    -9: "killed by the system",
    -11: "crashed for want of memory",
    127: "ended by the C library that got no memory",
}


def can_mount() -> bool:
    """Whether this process may mount a file system in memory."""
    return os.geteuid() == 0 and subprocess.run(["mount", "-V"], capture_output=True, check=False).returncode == 0


@contextmanager
def small_disk(home: TestHome, options: str) -> Iterator[None]:
    """Put a file system in memory over the home, with what the home holds."""
    before = home.root.with_name("before")
    home.root.rename(before)
    home.root.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", home.root], check=True)
    try:
        subprocess.run(["cp", "-a", f"{before}/.", home.root], check=True)
        subprocess.run(["rm", "-rf", before], check=True)
        subprocess.run(["mount", "-o", f"remount,{options}", home.root], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", home.root], check=True)


def _room(home: TestHome) -> tuple[int, int]:
    """Bytes and inodes in use."""
    found = os.statvfs(home.root)
    return (found.f_blocks - found.f_bfree) * found.f_frsize, found.f_files - found.f_ffree


def full_disk(chance: random.Random, folder: Path, *, of: str) -> Outcome:
    """A disk with a random rest of room for the run, which is enlarged afterwards."""
    with built_home(folder, finished=False) as home, small_disk(home, "size=1g"):
        used, inodes = _room(home)
        room = chance.uniform(0.0, 14.0) * MIB if of == "size" else chance.randrange(10, 260)
        limit = f"size={int(used + room)}" if of == "size" else f"nr_inodes={int(inodes + room)}"
        subprocess.run(["mount", "-o", f"remount,{limit}", home.root], check=True)
        ended = run_to_end(home)
        how = ended.how
        subprocess.run(["mount", "-o", "remount,size=1g,nr_inodes=100000", home.root], check=True)
        must_end_as_undisturbed(home, how)
    return Outcome(how if ended.status == 0 else f"{how}, {AGAIN}", ROWS)


def limited(chance: random.Random, folder: Path, limit: int, low: float, high: float) -> Outcome:
    """A limit of the system on the process, random between two bounds."""
    value = int(chance.uniform(low, high))
    with built_home(folder, finished=False) as home:
        ended = run_to_end(home, lambda: resource.setrlimit(limit, (value, value)))
        how = KILLED.get(ended.status) if limit == resource.RLIMIT_DATA else None
        how = how or ended.how
        must_end_as_undisturbed(home, f"{how} under a limit of {value}")
    return Outcome(how if ended.status == 0 else f"{how}, {AGAIN}", ROWS)


_MEMORY_GROUPS = Path("/sys/fs/cgroup/memory")


def little_memory(chance: random.Random, folder: Path) -> Outcome:
    """A control group with so little memory that the system may kill the run."""
    group = _MEMORY_GROUPS / f"soak-{os.getpid()}"
    group.mkdir(exist_ok=True)
    try:
        (group / "memory.limit_in_bytes").write_text(str(int(chance.uniform(120, 700) * MIB)))
        with built_home(folder, finished=False) as home:
            ended = run_to_end(home, lambda: (group / "cgroup.procs").write_text(str(os.getpid())) and None)
            how = KILLED.get(ended.status) or ended.how
            must_end_as_undisturbed(home, how)
    finally:
        group.rmdir()
    return Outcome(how if ended.status == 0 else f"{how}, {AGAIN}", ROWS)


_WITHOUT_PRIVILEGE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
"""Root without the right to pass over the modes of files."""


def no_permission(chance: random.Random, folder: Path) -> Outcome:
    """A home of which some folder or file, or all of it, cannot be written."""
    with built_home(folder, finished=True) as home:
        (home.root / "lake" / "cleaned_sales" / "sale_date=2020-09-10" / "sales.parquet").unlink()
        place = chance.choice(("", "lake", "scratch", "catalog.sqlite", "warehouse.duckdb", "dagster", "landing"))
        protected = home.root / place
        modes = {path: path.stat().st_mode for path in (protected, *protected.rglob("*")) if not path.is_symlink()}
        for path in modes:
            path.chmod(0o555 if path.is_dir() else 0o444)
        ended = run_to_end(home, prefix=_WITHOUT_PRIVILEGE)
        how = ended.how
        for path, mode in modes.items():
            if path.exists():
                path.chmod(mode)
        must_end_as_undisturbed(home, f"no permission for {place or 'the home'}")
    return Outcome(how if ended.status == 0 else f"{how}, {AGAIN}", ROWS)


_HOLDERS = {
    "the warehouse file held by another program": (
        "import duckdb; held = duckdb.connect({home} + '/warehouse.duckdb')"
    ),
    "the catalog locked by another process": (
        "import sqlite3; held = sqlite3.connect({home} + '/catalog.sqlite', isolation_level=None);"
        "held.execute('begin exclusive')"
    ),
    "the warehouse's lock held by another process": (
        "from filelock import FileLock; held = FileLock({home} + '/warehouse.lock'); held.acquire()"
    ),
    "the home's lock held by another process": (
        "from filelock import FileLock; held = FileLock({home} + '/run.lock'); held.acquire()"
    ),
}


def locked(chance: random.Random, folder: Path, code: str) -> Outcome:
    """Another process holds something for some seconds, from before the run on."""
    with built_home(folder, finished=True) as home:
        (home.root / "lake" / "cleaned_sales" / "sale_date=2020-09-10" / "sales.parquet").unlink()
        hold = f"print(flush=True); time.sleep({chance.uniform(1, 20)})"
        text = f"import time; {code.format(home=repr(str(home.root)))}; {hold}"
        with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline(), "the holder got no hold"
            ended = run_to_end(home)
        how = ended.how
        must_end_as_undisturbed(home, how)
    return Outcome("waited, then ended as undisturbed" if ended.status == 0 else f"{how}, {AGAIN}", ROWS)


def _locked(code: str) -> Callable[[random.Random, Path], Outcome]:
    return lambda chance, folder: locked(chance, folder, code)


def _limited(limit: int, low: float, high: float) -> Callable[[random.Random, Path], Outcome]:
    return lambda chance, folder: limited(chance, folder, limit, low, high)


_MOUNTED = [
    Scenario("machine", "full disk of a random size (tmpfs)", lambda c, f: full_disk(c, f, of="size")),
    Scenario("machine", "no inodes left (tmpfs)", lambda c, f: full_disk(c, f, of="nr_inodes")),
]
_AS_ROOT = [Scenario("machine", "a folder or file that may not be written", no_permission)]
_GROUPS = [Scenario("machine", "out of memory (control group)", little_memory)]

SCENARIOS = [
    *(_MOUNTED if can_mount() else []),
    *(_AS_ROOT if os.geteuid() == 0 and shutil.which("setpriv") else []),
    *(_GROUPS if os.access(_MEMORY_GROUPS, os.W_OK) else []),
    Scenario("machine", "out of memory (RLIMIT_DATA)", _limited(resource.RLIMIT_DATA, 100 * MIB, 3000 * MIB)),
    Scenario("machine", "few addresses (RLIMIT_AS)", _limited(resource.RLIMIT_AS, 1000 * MIB, 120_000 * MIB)),
    Scenario(
        "machine", "files may not grow beyond a size (RLIMIT_FSIZE)", _limited(resource.RLIMIT_FSIZE, 2e4, 8e6)
    ),
    Scenario("machine", "few open files (RLIMIT_NOFILE)", _limited(resource.RLIMIT_NOFILE, 16, 500)),
    *(Scenario("locks", fault, _locked(code)) for fault, code in _HOLDERS.items()),
]
