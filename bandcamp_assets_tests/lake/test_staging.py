"""A raw file is staged whole: every row is in the file of its day or among the rejected rows."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.lake import chunks, lines, reading
from bandcamp_assets.lake.conversion import REJECTED_SCHEMA
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.staging import stage_delivery, stage_file
from bandcamp_assets.sources.delivery.file_format import Content, FileFormat, Kind
from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

ARRIVED_AT = datetime(2020, 10, 3, 12, tzinfo=UTC)
SECONDS_A_DAY = 86_400


def stage(content: bytes, folder: Path, *, file_id: str = "f00d") -> StagedFile:
    scratch = folder / f"scratch-{len(list(folder.iterdir()))}"
    scratch.mkdir()
    return stage_file(
        io.BytesIO(content),
        file_id=file_id,
        arrived_at=ARRIVED_AT,
        lake=folder / "lake",
        scratch=scratch,
        where="sales.csv",
    )


def test_rows_go_to_the_file_of_their_day_and_are_counted_there(tmp_path: Path):
    rows = [raw_row(0), raw_row(SECONDS_A_DAY, amount_paid_usd="0.01"), raw_row(SECONDS_A_DAY + 1), raw_row(2)]

    staged = stage(csv_bytes(rows), tmp_path)

    first, second = staged.days
    assert (first.sale_date, first.rows, first.amount_paid_usd) == (date(2020, 9, 9), 2, Decimal("19.98"))
    assert (second.sale_date, second.rows, second.amount_paid_usd) == (date(2020, 9, 10), 2, Decimal("10.00"))
    on_disk = pl.read_parquet(staged_file(tmp_path / "lake", date(2020, 9, 10), "f00d"))
    assert on_disk["source_row"].sort().to_list() == [2, 3]


def test_every_row_is_staged_or_rejected_also_over_many_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "read_chunks", _small_chunks(reading.read_chunks))
    rows = [
        raw_row(n, artist_name="A,\nB" if n % 5 == 0 else "C", item_type="x" if n % 7 == 0 else "a")
        for n in range(300)
    ]
    content = csv_bytes(rows) + b"broken\n"

    staged = stage(content, tmp_path)

    assert staged.raw_rows == 301
    assert staged.rejected == {"malformed_row": 1, "unknown_item_type": 43}
    assert sum(day.rows for day in staged.days) == 257
    rejected = pl.read_parquet(rejected_file(tmp_path / "lake", "f00d"))
    assert rejected["source_row"].to_list() == [n + 1 for n in range(0, 300, 7)] + [301]
    sales = pl.read_parquet(staged_file(tmp_path / "lake", date(2020, 9, 9), "f00d"))
    assert sorted([*sales["source_row"], *rejected["source_row"]]) == list(range(1, 302))


def _small_chunks(read_chunks):
    return lambda stream, scratch, delimiter=",": read_chunks(
        stream, scratch, chunk_bytes=1500, delimiter=delimiter
    )


def test_each_chunk_is_reported_and_the_file_is_verified_before_it_reaches_the_lake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "read_chunks", _small_chunks(reading.read_chunks))
    reported: list[int] = []

    def refuse() -> None:
        reported.append(-1)
        raise PlatformError("The raw file is damaged", where="sales.csv", remedy="deliver it again")

    with pytest.raises(PlatformError, match="raw file is damaged"):
        stage_file(
            io.BytesIO(csv_bytes([raw_row(n) for n in range(40)])),
            file_id="f00d",
            arrived_at=ARRIVED_AT,
            lake=tmp_path / "lake",
            scratch=tmp_path,
            where="sales.csv",
            on_progress=reported.append,
            verify=refuse,
        )

    assert reported == [*sorted(reported[:-1]), -1]
    assert len(reported) > 5
    assert reported[-2] == 40
    assert not (tmp_path / "lake").exists()


def test_the_result_has_the_contract_the_rounded_amounts_and_the_time(tmp_path: Path):
    rows = [raw_row(0, amount_paid="9.995"), raw_row(1, currency="ZZZ"), raw_row(2, _id=""), raw_row(3, _id="")]

    before = time.perf_counter()
    staged = stage(csv_bytes(rows), tmp_path)
    took = time.perf_counter() - before

    assert list(staged.rejected.items()) == [("missing_id", 2), ("unknown_currency", 1)]
    assert (staged.file_id, staged.contract, staged.rounded_amounts) == ("f00d", contract_version(), 1)
    assert 0 < staged.seconds <= round(took, 3)
    assert staged.seconds == round(staged.seconds, 3)
    rejected = pl.read_parquet(rejected_file(tmp_path / "lake", "f00d"))
    assert dict(rejected.schema) == REJECTED_SCHEMA


def test_lines_in_a_quoted_field_that_is_much_too_long_are_not_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "read_chunks", _small_chunks(reading.read_chunks))
    for module in (chunks, lines):
        monkeypatch.setattr(module, "MAX_RECORD_BYTES", 1000)
    rows = [raw_row(0), raw_row(1, artist_name="x\n" + "1,2,3\n" * 1000), raw_row(2)]

    staged = stage(csv_bytes(rows), tmp_path)

    assert (staged.raw_rows, staged.rejected) == (3, {"malformed_row": 1})
    assert [day.rows for day in staged.days] == [2]


def test_reading_ahead_uses_the_scratch_folder_and_rounded_amounts_of_all_chunks_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folders = []
    small = _small_chunks(reading.read_chunks)
    monkeypatch.setattr(
        reading,
        "read_chunks",
        lambda stream, scratch, delimiter: folders.append(scratch) or small(stream, scratch),
    )

    staged = stage(csv_bytes([raw_row(n, amount_paid="9.995") for n in range(40)]), tmp_path)

    assert folders == [tmp_path / "scratch-0"]
    assert staged.rounded_amounts == 40


def test_a_delivered_file_is_staged_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, scratch = tmp_path / "delivered", tmp_path / "scratch"
    scratch.mkdir()
    commas = dict.fromkeys(("item_price", "amount_paid", "amount_paid_usd"), "9,99")
    path.write_bytes(csv_bytes([raw_row(n, **commas) for n in range(2)]))
    reported, folders, read_chunks = [], [], reading.read_chunks
    monkeypatch.setattr(
        reading,
        "read_chunks",
        lambda stream, scratch, delimiter: folders.append(scratch) or read_chunks(stream, scratch),
    )

    staged = stage_delivery(
        path,
        recognize(path, "sales.csv"),
        file_id="f00d",
        arrived_at=ARRIVED_AT,
        lake=tmp_path / "lake",
        scratch=scratch,
        where="sales.csv",
        on_progress=reported.append,
    )

    assert staged.rejected == {}
    assert [day.amount_paid_usd for day in staged.days] == [Decimal("19.98")]
    assert (reported, folders) == ([2], [scratch])


def test_a_delivered_file_that_cannot_be_read_is_named(tmp_path: Path):
    path = tmp_path / "delivered"
    path.write_bytes(b"[")

    with pytest.raises(PlatformError) as raised:
        stage_delivery(
            path,
            FileFormat(contents=(Content(kind=Kind.VALUES),)),
            file_id="f00d",
            arrived_at=ARRIVED_AT,
            lake=tmp_path / "lake",
            scratch=tmp_path,
            where="sales.json",
        )

    assert raised.value.where == "sales.json"


def test_a_file_without_a_header_is_named(tmp_path: Path):
    with pytest.raises(PlatformError) as raised:
        stage(b"", tmp_path)

    assert raised.value.where == "sales.csv"


def test_the_same_file_gives_the_same_bytes(tmp_path: Path):
    content = csv_bytes([raw_row(n) for n in range(2000)])

    stage(content, tmp_path)
    path = staged_file(tmp_path / "lake", date(2020, 9, 9), "f00d")
    before = path.read_bytes()
    stage(content, tmp_path)

    assert path.read_bytes() == before


def test_a_file_with_only_a_header_is_staged_without_rows(tmp_path: Path):
    staged = stage(csv_bytes([]), tmp_path)

    assert (staged.raw_rows, staged.days, staged.rejected) == (0, [], {})


def test_an_error_while_reading_leaves_the_lake_unchanged(tmp_path: Path):
    class Torn(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 3000:
                raise PlatformError("The zip is torn", where="sales.zip", remedy="fetch it again")
            return super().read(min(size or 0, 2000))

    (tmp_path / "scratch").mkdir()

    with pytest.raises(PlatformError, match="The zip is torn"):
        stage_file(
            Torn(csv_bytes([raw_row(n) for n in range(100)])),
            file_id="f00d",
            arrived_at=ARRIVED_AT,
            lake=tmp_path / "lake",
            scratch=tmp_path / "scratch",
            where="sales.zip",
        )

    assert not (tmp_path / "lake").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_one_clear_error(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        (disk / "scratch").mkdir()
        rows = [raw_row(n, artist_name=os.urandom(60).hex()) for n in range(20_000)]
        with pytest.raises(PlatformError, match="No space left") as raised:
            stage_file(
                io.BytesIO(csv_bytes(rows)),
                file_id="f00d",
                arrived_at=ARRIVED_AT,
                lake=disk / "lake",
                scratch=disk / "scratch",
                where="sales.csv",
            )
        assert raised.value.where.startswith(str(disk))
        assert not (disk / "lake").exists()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_memory_does_not_grow_with_the_file(tmp_path: Path):
    def peak_mib(rows: int) -> float:
        path = tmp_path / f"{rows}.csv"
        path.write_bytes(csv_bytes([raw_row(n) for n in range(2000)]))
        header, body = path.read_bytes().split(b"\n", 1)
        with path.open("wb") as file:
            file.write(header + b"\n")
            for _ in range(rows // 2000):
                file.write(body)
        code = f"""
import resource, pathlib, datetime
from bandcamp_assets.lake.staging import stage_file
home = pathlib.Path({str(tmp_path)!r}) / "{rows}"
(home / "scratch").mkdir(parents=True)
with open({str(path)!r}, "rb") as stream:
    stage_file(stream, file_id="f00d", arrived_at=datetime.datetime(2020, 10, 3, tzinfo=datetime.UTC),
               lake=home / "lake", scratch=home / "scratch", where="sales.csv")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
        return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)

    small, large = peak_mib(300_000), peak_mib(900_000)

    assert large < small * 1.5
