"""Lists of objects come in pages of at most 1,000 and within offsets; the emulator sends everything at once."""

from __future__ import annotations

import json
from http import HTTPStatus

from gcp_storage_emulator.handlers import objects  # type: ignore[import-untyped]

from bandcamp_assets_tests.emulators.mending import wrap
from bandcamp_assets_tests.emulators.storage_types import Handler, Request, Resource, Response, Storage

_PAGE = 1000


def apply() -> None:
    """Puts the mend in place, for this process."""
    wrap(objects, "ls", in_pages)


def in_pages(original: Handler) -> Handler:
    """Cuts a list into pages."""

    def ls(request: Request, response: Response, storage: Storage) -> None:
        original(request, response, storage)
        if response.status == HTTPStatus.OK:
            response.json(page_of(json.loads(response._content), request.query))

    return ls


def page_of(listing: Resource, query: dict[str, list[str]]) -> Resource:
    """The page of a list that a query asks for; its token is the last name on it."""
    first, after, end = (query.get(key, [""])[0] for key in ("startOffset", "pageToken", "endOffset"))
    size = min(int(query.get("maxResults", [str(_PAGE)])[0]), _PAGE)
    entries = [(name, None) for name in listing["prefixes"]] + [(item["name"], item) for item in listing["items"]]
    entries.sort(key=lambda entry: str(entry[0]))
    wanted = [(name, item) for name, item in entries if name >= first and name > after and (not end or name < end)]
    page = wanted[:size]
    answer = {
        "kind": listing["kind"],
        "prefixes": [name for name, item in page if item is None],
        "items": [item for _, item in page if item is not None],
    }
    return answer | ({"nextPageToken": page[-1][0]} if len(wanted) > size else {})
