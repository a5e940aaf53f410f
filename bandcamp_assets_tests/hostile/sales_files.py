"""Makes CSV files of sales with every kind of nasty content, from random numbers.

`sales_oracle` computes the right result for such a file, and `sales_scenarios` compares the result of the product
with it. Nothing here comes from the product, not even the names of the columns.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bandcamp_assets_tests.hostile.csv_files import TEXTS

COLUMNS = (
    "_id", "art_url", "item_type", "utc_date", "country_code", "track_album_slug_text", "country", "slug_type",
    "amount_paid_fmt", "item_price", "item_description", "art_id", "url", "amount_paid", "releases", "artist_name",
    "currency", "album_title", "amount_paid_usd", "package_image_id", "amount_over_fmt", "item_slug", "addl_count",
)  # fmt: skip
WHOLE = ("art_id", "releases", "package_image_id", "addl_count")
AMOUNTS = ("item_price", "amount_paid", "amount_paid_usd")

Numbers = Literal["plain", "all"]
"""`plain`: only spellings of times and numbers that all rules read the same; `all`: every unusual one too."""

_FIRST = Decimal("1599688803.5175")
_LONG = ("x" * 4_000, "é" * 1_500, "a,\n" * 900, '"' * 999)
_TEXTS = (
    *(text for text in TEXTS if "\r" not in text.replace("\r\n", "")),
    "line\rline",
    "\n\n",
    '"\n"\n"',
    '","',
)
_PLAIN_AMOUNTS = ("0", "0.0", "1", "9.99", "9.98999977111816", "1000.5", "0.01", "25.0", "123456.78")
_PLAIN_BAD_AMOUNTS = ("free", "-1.0", "inf", "nan", "1e300", "$5", "1,5", "9" * 30)
_ODD_AMOUNTS = (
    "9.995", "2.675", "1.005", "0.005", "0.0049999999999999999", "0.0050000000000000001", "8.325", "1.115",
    "+9.99", "009.99", "9.990", "9.9900000000000000000", "999e-2", "0.999e1", "9.99E0", "+00.1e+2", "1e2",
    "4.35e0", "1.", ".5", " 1", "1 ", "-0", "-0.001", "1e-400", "1e999", "-1e999", "0." + "0" * 60 + "1",
    "1" * 400, "1_000", "0x10", "\u0661\u0662", "99999999999999999999999", "NaN", "Infinity", "1e", "e5", ".", "+",
    "1.2.3", "--1", "1e5.5",
)  # fmt: skip
_PLAIN_WHOLE = ("", "0", "1", "206405257", "206405257.0", "7.0", "4294967296", "4503599627370496.0")
_PLAIN_BAD_WHOLE = ("many", "12.5", "-1", "1e300", "inf", "0.5")
_ODD_WHOLE = (
    "+5", "005", "5.00000", "5e0", "50e-1", "0.5e1", "1e3", "9007199254740991", "9007199254740992",
    "9007199254740993", "9007199254740993.0", "4503599627370497.5", "4503599627370495.5", "9223372036854775807",
    "9223372036854775808", "18446744073709551617", "5.0000000000000000000001", "1e-3", "-0", " 5", "5 ", "5.",
    "1_0", "0x5", "\u0665", "1" * 400, "2.99999999999999999999999", "1e400", "99999999999999999999",
)  # fmt: skip


@dataclass(frozen=True)
class SalesFile:
    """A file, and the intent of its writer.

    Attributes:
        content: The file.
        well_quoted: Whether its quoting is valid by RFC 4180 to the end.
        intact: Keys of the intact rows, in order.
        before_fault: How many of them come before the first broken record.
        tempting: Whether texts contain lines like records. After a quote that never closes, RFC 4180 itself may
            take such a line for a record. In any other file only the intact rows can be sales.
    """

    content: bytes
    well_quoted: bool
    intact: list[str]
    before_fault: int
    tempting: bool


def sales_file(chance: random.Random, *, numbers: Numbers = "all", broken: bool | None = None) -> SalesFile:
    """Make a file of up to some dozens of rows.

    Args:
        chance: Random numbers; the same state makes the same file.
        numbers: Which spellings of numbers to write.
        broken: Whether its quoting breaks somewhere; random if None.
    """
    broken = chance.random() < 0.5 if broken is None else broken
    tempting = chance.random() < 0.5
    names = _header(chance)
    style = _Style(chance.random() < 0.2, chance.choice((("\n",), ("\r\n",), ("\n", "\r\n"))))
    parts = [chance.choice((b"", b"", b"\xef\xbb\xbf")) + style.record(chance, names)]
    intact: list[str] = []
    before_fault = -1
    for number in range(chance.randrange(1, 25)):
        if broken and chance.random() < 0.25:
            before_fault = len(intact) if before_fault < 0 else before_fault
            parts.append(_broken(chance, names, number, style, tempting=tempting))
            continue
        row = _row(chance, number, numbers, tempting=tempting)
        intact.append(row["_id"])
        parts.append(
            style.record(chance, _widened(chance, [row.get(name, _extra(chance)) for name in names], tempting))
        )
        if chance.random() < 0.1:
            parts.append(chance.choice((b"\n", b"\r\n", b"\n\n")))
    content = b"".join(parts)
    if chance.random() < 0.3:
        content = content.removesuffix(b"\n").removesuffix(b"\r")
    well_quoted = before_fault < 0
    return SalesFile(content, well_quoted, intact, len(intact) if well_quoted else before_fault, tempting)


@dataclass(frozen=True)
class _Style:
    quotes_all: bool
    line_ends: tuple[str, ...]

    def record(self, chance: random.Random, fields: Sequence[str]) -> bytes:
        """A record by RFC 4180; some fields are quoted without need."""
        text = ",".join(self._field(chance, field) for field in fields) + chance.choice(self.line_ends)
        return text.encode("utf-8", "surrogateescape")

    def _field(self, chance: random.Random, text: str) -> str:
        needed = bool(set(text) & set('",\r\n'))
        doubled = text.replace('"', '""')
        return f'"{doubled}"' if needed or self.quotes_all or chance.random() < 0.05 else text


def _header(chance: random.Random) -> list[str]:
    names = list(COLUMNS)
    if chance.random() < 0.4:
        chance.shuffle(names)
    if chance.random() < 0.5:
        names.insert(0, chance.choice(("", "", "Unnamed: 0", "index")))
    for _ in range(chance.choice((0, 0, 0, 1, 3))):
        name = chance.choice(("extra", "line", "record", "two\nlines", "a,b", 'say "x"', "position", "source_row"))
        names.insert(chance.randrange(len(names) + 1), name)
    return names


def _extra(chance: random.Random) -> str:
    return chance.choice(("", "7", "x\ny", '"', "1599688803.5175"))


def _row(chance: random.Random, number: int, numbers: Numbers, *, tempting: bool) -> dict[str, str]:
    """A row; most are sales, some break a rule."""
    seconds = _FIRST + 1009 * number + Decimal(chance.randrange(100_000)) / 100_000
    if chance.random() < 0.05:
        seconds += chance.choice((-1, 1)) * Decimal(400_000_000)
    time = format(seconds.normalize(), "f")
    url = f"//artist{number}.bandcamp.com/album/title-{number}{chance.choice(('', '', '?a=1&b=2', '-é', '/,x'))}"
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "_id": f"{time}&{url}",
        "utc_date": time,
        "url": url,
        "item_type": chance.choice("atpb"),
        "currency": chance.choice(("USD", "EUR", "GBP", "JPY", "CAD", "AUD")),
        "country": "United Kingdom",
        "artist_name": "Artist",
        "item_description": "Title",
    }
    row |= {name: chance.choice(_PLAIN_AMOUNTS) for name in AMOUNTS}
    row |= {name: chance.choice(_PLAIN_WHOLE[:5]) for name in WHOLE}
    if row["currency"] == "JPY" and numbers == "plain":
        row |= dict.fromkeys(("item_price", "amount_paid"), "500")
    free = ("art_url", "country_code", "country", "slug_type", "artist_name", "album_title", "item_description")
    for name in chance.sample(free, chance.choice((0, 1, 1, 2))):
        row[name] = chance.choice((*_TEXTS, *_LONG[: chance.randrange(len(_LONG) + 1)]))
    if tempting and chance.random() < 0.3:
        row[chance.choice(free)] = _like_records(chance)
    _spoil(chance, row, numbers)
    if numbers == "all":
        _spell_oddly(chance, row, seconds)
    return row


def _like_records(chance: random.Random) -> str:
    """A text of some lines, of which the middle ones look like records."""
    lines = []
    for _ in range(chance.choice((1, 1, 3))):
        row = dict.fromkeys(COLUMNS, "")
        row |= {"_id": "1599689999.5&//evil.bandcamp.com/evil", "utc_date": "1599689999.5", "item_type": "a"}
        row |= {"url": "//evil.bandcamp.com/evil", "currency": "USD", "artist_name": "EVIL"}
        row |= dict.fromkeys(AMOUNTS, "1.0")
        fields = [*chance.choice(([], ["0"])), *row.values()]
        quote = chance.choice(("", "", '"'))
        lines.append(",".join(f"{quote}{field}{quote}" for field in fields))
    end = chance.choice(("\n", "\r\n"))
    return end.join([chance.choice(("", "first", '"')), *lines, chance.choice(("", "last", '"', ","))])


def _spoil(chance: random.Random, row: dict[str, str], numbers: Numbers) -> None:
    """Break a rule in one row out of five."""
    if chance.random() < 0.8:
        return
    change: dict[str, Sequence[str]] = {
        "item_type": ("x", "", "A", "a "),
        "currency": ("XXZ", "usd", ""),
        "utc_date": (
            "yesterday",
            "",
            "0",
            "4108752000.75",
            "1183291200.5",
            str(Decimal(row["utc_date"]) + 86_400),
        ),
        "_id": (
            "",
            *([row["utc_date"]] if numbers == "all" else []),
            f"x&{row['url']}",
            f"{Decimal(row['utc_date']) - 7200}&{row['url']}",
        ),
        chance.choice(AMOUNTS): _PLAIN_BAD_AMOUNTS,
        chance.choice(("item_price", "amount_paid")): ("",),
        chance.choice(WHOLE): _PLAIN_BAD_WHOLE,
        "artist_name": ("a\0b", "a\udcffb", "a\udcff\nb", "\0\n1,2,3\n", "\udced\udca0\udc80"),
    }
    name = chance.choice(list(change))
    row[name] = chance.choice(change[name])


def _spell_oddly(chance: random.Random, row: dict[str, str], seconds: Decimal) -> None:
    """Use spellings that some readers take for another number."""
    if chance.random() < 0.5:
        row[chance.choice(AMOUNTS)] = chance.choice(_ODD_AMOUNTS)
    if chance.random() < 0.3:
        row[chance.choice(WHOLE)] = chance.choice((*_ODD_WHOLE, *_PLAIN_WHOLE))
    time = row["utc_date"]
    if time != format(seconds.normalize(), "f") or row["_id"] != f"{time}&{row['url']}":
        return
    spellings = (f"{time}000" if "." in time else f"{time}.0", f"+{time}", f"000{time}", f"{seconds / 10**9}e9")
    if chance.random() < 0.4:
        row["_id"] = f"{chance.choice(spellings)}&{row['url']}"
    if chance.random() < 0.3:
        thousandths, whole = Decimal("0.001"), Decimal(1)
        rounded = [str(seconds.quantize(unit)) for unit in (thousandths, whole)]
        row["utc_date"] = chance.choice((*spellings, *rounded, str(int(seconds)), f"{seconds:.1E}"))
    if chance.random() < 0.05:
        row["url"] += chance.choice(("x", "/", " "))


def _widened(chance: random.Random, fields: list[str], tempting: bool) -> list[str]:
    """Give some records a wrong number of fields."""
    if chance.random() < 0.97:
        return fields
    # A single empty field without quotes would be a blank line, which is not a record.
    return chance.choice(
        (fields[:-1], [*fields, ""], [fields[0] or "x"], fields * 2, [_like_records(chance) if tempting else "x"])
    )


def _broken(chance: random.Random, names: Sequence[str], number: int, style: _Style, *, tempting: bool) -> bytes:
    """A record with broken quoting, of a row that would not be a sale anyway."""
    row = dict.fromkeys(COLUMNS, "") | {"_id": f"{_FIRST + number}&//broken", "utc_date": f"{_FIRST + 9 * 86_400}"}
    fields = [row.get(name, "") for name in names]
    at = chance.randrange(len(fields))
    fields[at] = "@"
    line = style.record(chance, fields)
    behind = _like_records(chance).encode() if tempting and chance.random() < 0.2 else b""
    return line.replace(b"@", chance.choice(_BREAKS)(chance) + behind)


_BREAKS: tuple[Callable[[random.Random], bytes], ...] = (
    lambda _: b'"open',
    lambda _: b'"open,',
    lambda _: b'"',
    lambda _: b'"closed" and more',
    lambda _: b'"closed"\n and more',
    lambda _: b'"two\nlines" and more',
    lambda _: b'un"quoted',
    lambda _: b'un"quoted\nlines"',
    lambda _: b'"""',
    lambda _: b' ""',
    lambda chance: b'"open\n' + chance.choice((b"", b"\n")) * 3 + b"\0",
    lambda _: b'"open \xff',
)
"""Texts in place of a field."""
