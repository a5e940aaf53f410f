"""Rows of a Parquet file become records of text, as a CSV would hold them; a broken one affects no other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bandcamp_assets.lake import parquet_rows
from bandcamp_assets.lake.parquet_rows import parquet_parts
from bandcamp_assets.lake.records import Records
from bandcamp_assets.sources.delivery import parquet_table
from bandcamp_assets.system.errors import PlatformError


def records_of(folder: Path, **columns: pa.Array) -> Records:
    """The records of a file that is one part."""
    path = folder / "sales.parquet"
    pq.write_table(pa.table(columns), path)
    (part,) = parquet_parts(path, "sales.parquet")
    return part()


def texts(*values: bytes | None, kind: pa.DataType) -> pa.Array:
    """A column of text, which nobody has checked to be UTF-8."""
    return pa.array(values, pa.binary()).cast(kind, safe=False)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([9.99, float("nan"), None]), ["9.99", "", ""]),
        (pa.array([206405257, -1, None]), ["206405257", "-1", ""]),
        (pa.array([Decimal("1.50"), None]), ["1.50", ""]),
        (pa.array(["a\r\nb", "a\rb", "", None]), ["a\nb", "a\rb", "", ""]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", "", "a"]),
        (pa.array(["a", "é"], pa.large_string()), ["a", "é"]),
        (pa.array([b"a", None], pa.binary()), ["a", ""]),
        (pa.array([date(2020, 9, 9)]), ["2020-09-09"]),
        (pa.array([True, None]), ["true", ""]),
        (
            pa.array([1599688803517500, None], pa.timestamp("us")),
            ["2020-09-09T22:00:03.517500000Z", ""],
        ),
        (
            pa.array([datetime(2020, 9, 9, 22, tzinfo=UTC)], pa.timestamp("ms", "America/New_York")),
            ["2020-09-09T22:00:00.000000000Z"],
        ),
    ],
    ids=lambda values: str(values.type) if isinstance(values, pa.Array) else "",
)
def test_a_value_is_written_as_a_csv_would_hold_it(tmp_path: Path, values: pa.Array, expected: list[str]):
    records = records_of(tmp_path, artist_name=values)

    assert records.whole["artist_name"].to_list() == expected
    assert records.whole["record"].to_list() == list(range(len(expected)))
    assert records.malformed.is_empty()


def test_columns_are_found_by_their_names_and_unknown_ones_are_left_out(tmp_path: Path):
    records = records_of(
        tmp_path, **{"note": pa.array(["x"]), "URL": pa.array(["//a"]), "Artist Name": pa.array(["A\r\nB"])}
    )

    assert records.whole.rows(named=True) == [
        {"url": "//a", "artist_name": "A\nB", "record": 0, "line": '{"url":"//a","artist_name":"A\\r\\nB"}'}
    ]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()])
def test_a_text_that_is_not_utf8_is_shown_as_codes_and_affects_no_other_row(tmp_path: Path, kind: pa.DataType):
    values = texts(b"before", b"\xff", b"after", b"x\xfe", None, kind=kind)

    records = records_of(tmp_path, url=pa.array(["//a", "//b", "//c", None, "//e"]), artist_name=values)

    assert records.whole.select("record", "artist_name").rows() == [(0, "before"), (2, "after"), (4, "")]
    assert records.malformed.select("record", "line", "fault").rows() == [
        (1, '{"url":"//b","artist_name":"\\\\xff"}', "a text of the row is not UTF-8"),
        (3, '{"url":null,"artist_name":"x\\\\xfe"}', "a text of the row is not UTF-8"),
    ]


def test_a_text_with_a_nul_byte_is_not_a_record(tmp_path: Path):
    records = records_of(tmp_path, url=pa.array(["//a", "//b"]), artist_name=pa.array(["a\0b", "c"]))

    assert records.whole["record"].to_list() == [1]
    assert records.malformed.rows() == [
        (0, '{"url":"//a","artist_name":"a\\u0000b"}', "a text of the row holds a NUL byte")
    ]


def test_a_row_that_is_too_long_is_not_a_record_and_only_its_beginning_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(parquet_rows, "MAX_RECORD_BYTES", 20)

    records = records_of(tmp_path, url=pa.array(["x" * 10, "x" * 11]))

    assert records.whole.select("record", "line").rows() == [(0, '{"url":"xxxxxxxxxx"}')]
    assert records.malformed.rows() == [(1, '{"url":"xxxxxxxxxxx"', "the row is longer than 20 bytes")]


def test_rows_come_in_batches_that_are_numbered_each_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet_table, "_BATCH_ROWS", 2)
    path = tmp_path / "sales.parquet"
    pq.write_table(pa.table({"url": ["//a", "//b", "//c"]}), path)

    made = [part() for part in parquet_parts(path, "sales.parquet")]

    assert [records.whole.select("record", "url").rows() for records in made] == [
        [(0, "//a"), (1, "//b")],
        [(0, "//c")],
    ]


@pytest.mark.parametrize("damage", [b"PAR1 and no more", None])
def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes | None):
    path = tmp_path / "sales.parquet"
    pq.write_table(pa.table({"url": ["//a"] * 9}), path)
    content = bytearray(path.read_bytes())
    content[4:20] = b"\xff" * 16
    path.write_bytes(damage or content)

    with pytest.raises(PlatformError, match="The Parquet file is damaged") as raised:
        list(parquet_parts(path, "sales.parquet"))

    assert raised.value.where == "sales.parquet"
