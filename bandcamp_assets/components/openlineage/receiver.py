"""Sends events to a receiver of OpenLineage. What it does not take now is said, and sent again by a later tick."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from http import HTTPStatus

import requests
from openlineage.client.event_v2 import RunEvent
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport, TokenProvider

from bandcamp_assets.alerts.masking import mask
from bandcamp_assets.deployment.openlineage import OpenLineage

TIMEOUT_SECONDS = 5.0
"""For one event."""

BAD_EVENT = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
"""Answers that stay the same however often an event is sent."""


class Receiver:
    """The receiver that the settings name."""

    def __init__(self, settings: OpenLineage) -> None:
        session = requests.Session()
        # A redirected event would be asked for instead of posted, and count as taken.
        session.max_redirects = 0
        key = ApiKeyTokenProvider({"api_key": settings.api_key}) if settings.api_key else TokenProvider({})
        # Ticks try again, so the client does not.
        config = HttpConfig(
            url=settings.url,
            timeout=TIMEOUT_SECONDS,
            auth=key,
            retry={"total": 0, "redirect": None},
            session=session,
        )
        self._transport = HttpTransport(config)
        self._secrets = (settings.api_key,)

    def send(self, events: Iterable[RunEvent], until: float, log: logging.Logger) -> tuple[int, str]:
        """Send events in order.

        An event that the receiver calls wrong is left out, and logged: it would hold up all that follow.

        Args:
            events: The events.
            until: After this, in Unix seconds, no other event is sent. One always is, so that all are some day.
            log: Where to say which events are left out.

        Returns:
            How many are done, and why the next one is not; empty if all are.
        """
        done = 0
        for event in events:
            try:
                self._transport.emit(event)
            except requests.RequestException as error:
                reason = mask(str(error), self._secrets)
                if error.response is None or error.response.status_code not in BAD_EVENT:
                    return done, f"the receiver takes none now: {reason}"
                log.warning("The receiver of OpenLineage refuses an event of %s: %s", event.job.name, reason)
            done += 1
            if time.time() > until:
                return done, "the rest waits for the next tick"
        return done, ""
