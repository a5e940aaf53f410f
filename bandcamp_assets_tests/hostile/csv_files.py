"""Makes unusual CSV files from random numbers. `csv_scenarios` stages and checks them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets_tests.raw_files import FIRST_SECOND, HEADER, raw_row

TEXTS = (
    "None", "NA", "null", "True", " ", "\t", "'", "\\", "\\N", ",", ",,,", "a,b", '"', '""', '"quoted"',
    'a "b", c', "two\nlines", "\nfirst is blank", "last is blank\n", "three\n\n\nlines", '"\n"', ',"\n",',
    "line\rline", "a\r\nb", "=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "<script>alert(1)</script>",
    "<img src=x onerror=1>", "&lt;", "'; drop table sales; --", "{{ var('x') }}", "${HOME}", "%s%n", "/etc/passwd",
    "../../etc/passwd", "\x1b[2J\x1b]0;title\x07", "\x01\x02\x7f", "\x85", "\u2028", "\u2029",
    "\u200b\u200d", "\u202eevil\u202c", "\ufeff", "שלום", "مرحبا", "e\u0301", "🎵" * 5, "\U0010ffff",
    "\ufffd", "x" * 5_000, '"' * 501, "é" * 3_000,
)  # fmt: skip
"""Texts that some readers or pages misread."""

NUMBERS = (
    "1e999", "-1e999", "NaN", "nan", "-nan", "inf", "-Infinity", "-0", "-0.0", "+1", " 1", "1 ", "1_000", "1,5",
    "1.", ".5", ".", "e5", "1e", "1e-400", "0x10", "0b1", "١٢", "\uff11\uff12", "²", "1.5", "0.005", "0.004999",
    "9.98999977111816", "9999999999999", "9999999999999.99", "1e13", "9007199254740992", "9007199254740993",
    "9223372036854775808", "-1", "1" * 400, "0." + "0" * 400 + "1", "true", "None", "", "\u22125",
    "1\u00a0000", "$5",
)  # fmt: skip
"""Texts in place of a number."""

TIMES = (
    "0", "-1", "1e11", "1e18", "-1e18", "253402300800", "1599609599.999999", "1599609600", "1599695999.9999999",
    "1599696000", "1601812800", "9223372036854775807", "2020-09-09", "1.5996888035175e9",
)  # fmt: skip
"""Times beyond or exactly at the limit of a range."""

_NUMERIC = ("item_price", "amount_paid", "amount_paid_usd", "art_id", "releases", "package_image_id", "addl_count")


def well_quoted(chance: random.Random) -> bytes:
    """Unusual texts and numbers, and records with a wrong number of fields, all quoted by RFC 4180."""
    every = chance.random() < 0.3
    rows = [list(HEADER), *(_odd_row(chance, number) for number in range(chance.randrange(40)))]
    body = "".join(_record(chance, row, every=every) for row in rows)
    return chance.choice((b"", b"\xef\xbb\xbf")) + _cut_end(chance, body).encode()


def broken(chance: random.Random) -> bytes:
    """Good lines, and lines with stray quotes, NUL, bytes that are not UTF-8, or no end."""
    lines = [_line(HEADER)]
    for number in range(chance.randrange(60)):
        good = _line(raw_row(number).values())
        lines.append(chance.choice((lambda _, line: line, *_BREAKS))(chance, good))
    return b"".join(lines)


def damaged(chance: random.Random) -> bytes:
    """A good file with some bytes changed, lost or doubled."""
    rows = [raw_row(number, artist_name='A "b",\nc' if number % 4 == 0 else "A") for number in range(30)]
    body = bytearray(b"".join(map(_line, (HEADER, *(row.values() for row in rows)))))
    for _ in range(chance.randrange(1, 12)):
        start = chance.randrange(len(body))
        end = start + chance.choice((1, 1, 1, 40, 400))
        body[start:end] = chance.choice(
            (b"", b'"', b"\n", b"\r", b",", b"\0", b"\xff", body[start:end] * 2, chance.randbytes(end - start))
        )
    return bytes(body)


def odd_header(chance: random.Random) -> bytes:
    """A header with columns reordered, added, missing or doubled, or something else."""
    names = list(SOURCE_COLUMNS)
    chance.shuffle(names)
    extra = chance.choices(("", "", "line", "record", "position", "source_row", "reason", "fault", *TEXTS), k=5)
    names = [*names, *extra[: chance.randrange(6)]]
    if chance.random() < 0.3:
        names.remove(chance.choice(names))
    if chance.random() < 0.1:
        names += [f"column {number}" for number in range(chance.choice((100, 3_000, 9_000)))]
    if chance.random() < 0.1:
        names.append(chance.choice(names))
    rows = [[raw_row(number).get(name, "x") for name in names] for number in range(chance.randrange(4))]
    body = b"".join(map(_line, (names, *rows)))
    before = chance.choices((b"", b"\xef\xbb\xbf", b"\n", b"\0", b"\xff\xfe", b'"', b"\r\n", b"x^"), (9, *[1] * 7))
    return before[0] + (body if chance.random() < 0.8 else chance.randbytes(chance.randrange(300)))


MAKERS: dict[str, Callable[[random.Random], bytes]] = {
    "odd texts and numbers, well quoted": well_quoted,
    "broken lines between good ones": broken,
    "a good file, damaged": damaged,
    "an odd header": odd_header,
}
"""The makers of files, by what is unusual in them."""


def _odd_row(chance: random.Random, number: int) -> Sequence[str]:
    changes = {name: chance.choice(TEXTS) for name in chance.sample(SOURCE_COLUMNS, chance.choice((0, 1, 1, 3)))}
    if chance.random() < 0.5:
        changes[chance.choice(_NUMERIC)] = chance.choice(NUMBERS)
    if chance.random() < 0.2:
        changes["utc_date"] = chance.choice((*TIMES, *NUMBERS))
    if chance.random() < 0.2:
        changes["utc_date"] = str(FIRST_SECOND + chance.randrange(4 * 86_400))
    fields = list(raw_row(number, **changes).values())
    if chance.random() < 0.1:
        # On one line: the fault of a wrong record of several lines would be a quote that does not close.
        fields = [field.replace("\n", " ") for field in fields]
        return chance.choice((fields[:-1], [*fields, ""], fields[:1], fields * 3, ["x"]))
    return fields


def _record(chance: random.Random, fields: Sequence[str], *, every: bool) -> str:
    return ",".join(_field(field, every=every) for field in fields) + chance.choice(
        ("\n", "\n", "\r\n", "\n\n", "\n\r\n")
    )


def _cut_end(chance: random.Random, body: str) -> str:
    return body.rstrip("\r\n") if chance.random() < 0.3 else body


def _line(fields: Iterable[str]) -> bytes:
    return ",".join(map(_field, fields)).encode() + b"\n"


def _field(text: str, *, every: bool = False) -> str:
    """A field as CSV: quoted if necessary, or always."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if every or set(text) & set('",\r\n') else text


def _insert(piece: bytes) -> Callable[[random.Random, bytes], bytes]:
    def put(chance: random.Random, line: bytes) -> bytes:
        at = chance.randrange(len(line) + 1)
        return line[:at] + piece + line[at:]

    return put


def _quote_a_field(chance: random.Random, line: bytes) -> bytes:
    """A quote that opens at a field, and closes somewhere below, or never."""
    fields = line.split(b",")
    at = chance.randrange(len(fields))
    fields[at] = chance.choice((b'"' + fields[at], fields[at].rstrip(b"\n") + b'"\n' * (fields[at][-1:] == b"\n")))
    return b",".join(fields)


_BREAKS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    *map(_insert, (b'"', b'""', b'"""', b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x1b[")),
    *map(_insert, (b"\r", b"\n", b"\r\n", b",", b",,")),
    _quote_a_field,
    _quote_a_field,
    lambda chance, line: line[: chance.randrange(len(line))] + b"\n",
    lambda chance, line: line[: chance.randrange(len(line))],
    lambda chance, _: chance.randbytes(chance.randrange(200)),
    lambda chance, _: b'"' * chance.randrange(50) + b"\n",
    lambda chance, _: b"\n" * chance.randrange(9),
    lambda _, line: line.replace(b"Artist", b'"' + b"long " * 2_000 + b'"'),
    lambda _, line: line.replace(b"Artist", b'"two\nlines"'),
    lambda _, line: line.replace(b"\n", b"\r"),
)
"""Changes that make a line invalid, split a record in two, or join two records."""
