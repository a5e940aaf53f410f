"""Changes to a single clean line of the sample; each gives one line of bytes.

`dirt` names the changes and says which of them make a row unusable.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from bandcamp_assets.contract.sale import SOURCE_COLUMNS

COLUMNS = ("", *SOURCE_COLUMNS)
"""The columns of a file. The first one, the row number, has no name, as in the archive."""

Fields = dict[str, str]
LineEdit = Callable[[str], bytes]
"""Changes a clean line; the result includes the line end."""


def read_line(line: str) -> Fields:
    """Split one clean line into its fields by column."""
    (values,) = csv.reader([line.removesuffix("\n")], strict=True)
    return dict(zip(COLUMNS, values, strict=True))


def write_line(fields: Fields) -> str:
    """Join fields to a line, with quotes where necessary."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields.values())
    return text.getvalue()


def edited(edit: Callable[[Fields], None]) -> LineEdit:
    """Change the fields of a line."""

    def apply(line: str) -> bytes:
        fields = read_line(line)
        edit(fields)
        return write_line(fields).encode()

    return apply


def setting(**values: str) -> LineEdit:
    """Set fields to other texts."""
    return edited(lambda fields: fields.update(values))


def at_time(seconds: float) -> LineEdit:
    """Move a sale to another time, in `_id` and `utc_date` alike."""

    def edit(fields: Fields) -> None:
        fields["utc_date"] = str(seconds)
        fields["_id"] = f"{seconds}&{fields['url']}"

    return edited(edit)


def with_id_shifted(seconds: int) -> LineEdit:
    """Move the time inside `_id`, and only that."""

    def edit(fields: Fields) -> None:
        time, _, url = fields["_id"].partition("&")
        fields["_id"] = f"{round(float(time) + seconds, 5)}&{url}"

    return edited(edit)


def by_artist(name: str) -> LineEdit:
    """Give the sale to an artist of another name."""
    return setting(artist_name=name)


def without_album(fields: Fields) -> None:
    """Make it a physical album, which normally has an album title, but without the title."""
    page = fields["url"].replace("/track/", "/album/").replace("/merch/", "/album/")
    page = page if "/album/" in page else page + "/album/untitled"
    time = fields["_id"].partition("&")[0]
    fields |= {"url": page, "_id": f"{time}&{page}", "item_type": "p", "slug_type": "a", "album_title": ""}
    fields |= {"art_id": "", "releases": "", "package_image_id": "20476345.0", "item_slug": "", "addl_count": ""}
    fields |= {"art_url": "https://f4.bcbits.com/img/0020476345_37.jpg", "track_album_slug_text": ""}


def with_open_quote(line: str) -> bytes:
    """Open a quote before the description and never close it. The line has no other quote."""
    fields = read_line(line)
    head, tail = list(fields.values())[:11], list(fields.values())[12:]
    text = [*map(_bare, head), '"' + _bare(fields["item_description"]), *map(_bare, tail)]
    return (",".join(text) + "\n").encode()


def with_stray_quote(line: str) -> bytes:
    """Put a quote inside a quoted field without doubling it."""
    fields = read_line(line)
    fields["item_description"] = "@"
    return write_line(fields).replace(",@,", ',"7" vinyl",', 1).encode()


def _bare(text: str) -> str:
    return text.replace(",", "").replace('"', "")


def cut_short(line: str) -> bytes:
    """Remove the last three fields."""
    fields = read_line(line)
    return write_line(dict(list(fields.items())[:-3])).encode()


def lengthened(line: str) -> bytes:
    """Add a field at the end."""
    return line.replace("\n", ",surplus\n").encode()


def with_bytes(raw: bytes) -> LineEdit:
    """Insert raw bytes into the description."""

    def apply(line: str) -> bytes:
        fields = read_line(line)
        fields["item_description"] = "Night @ River"
        return write_line(fields).encode().replace(b"@", raw, 1)

    return apply
