"""Sends events to a receiver of OpenLineage. What it does not take now is said, and sent again by a later tick."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus

import requests
from openlineage.client.event_v2 import RunEvent
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

from bandcamp_assets.alerts.masking import mask
from bandcamp_assets.deployment.openlineage import OpenLineage

TIMEOUT_SECONDS = 5.0
"""For one event."""

BAD_EVENT = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
"""Answers that stay the same however often an event is sent."""


class Receiver:
    """The receiver that the settings name."""

    def __init__(self, settings: OpenLineage) -> None:
        key = {"api_key": settings.api_key} if settings.api_key else {}
        # Ticks try again, so the client does not.
        config = HttpConfig(
            url=settings.url, timeout=TIMEOUT_SECONDS, auth=ApiKeyTokenProvider(key), retry={"total": 0}
        )
        self._transport = HttpTransport(config)
        self._secrets = (settings.api_key,)

    def send(self, events: Iterable[RunEvent], log: logging.Logger) -> str:
        """Send events in order, and give why one was not taken; empty if all were.

        An event that the receiver calls wrong is left out, and logged: it would hold up all that follow.
        """
        for event in events:
            try:
                self._transport.emit(event)
            except requests.RequestException as error:
                reason = mask(str(error), self._secrets)
                if error.response is None or error.response.status_code not in BAD_EVENT:
                    return reason
                log.warning("The receiver of OpenLineage refuses an event of %s: %s", event.job.name, reason)
        return ""
