"""A receiver, and a sensor that sends to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import pytest

from bandcamp_assets.defs.sensors.openlineage import openlineage
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets_tests.alerts.web_server import WebServer, web_server
from bandcamp_assets_tests.openlineage import conformance

API_KEY = "planted-lineage-key"


@dataclass
class Sender:
    """The sensor, with what it remembers, and the receiver.

    Attributes:
        receiver: The web server that it sends to.
        cursor: What the sensor remembers.
        said: What the last tick said about itself.
    """

    receiver: WebServer
    cursor: str | None = '{"since": 0, "sent": {}}'
    said: str = field(default="", init=False)

    @property
    def url(self) -> str:
        """Where the receiver listens."""
        return f"http://127.0.0.1:{self.receiver.port}/"

    def settings(self, home: str) -> Settings:
        """Settings that name the receiver."""
        return Settings.from_env(
            {
                "BANDCAMP_HOME": home,
                "BANDCAMP_OPENLINEAGE_URL": self.url,
                "BANDCAMP_OPENLINEAGE_API_KEY": API_KEY,
            }
        )

    def tick(
        self, instance: dg.DagsterInstance, definitions: dg.Definitions, settings: Settings
    ) -> list[dict[str, Any]]:
        """Evaluate the sensor once, as the daemon would; give the events that the receiver took, all valid."""
        with dg.build_sensor_context(
            instance=instance, cursor=self.cursor, definitions=definitions, resources={"settings": settings}
        ) as context:
            data = openlineage.evaluate_tick(context)
        self.cursor, self.said = data.cursor, data.skip_message or ""
        events = [*self.receiver.bodies]
        self.receiver.bodies.clear()
        for event in events:
            conformance.check(event)
        return events


@pytest.fixture
def sender() -> Iterator[Sender]:
    """A sensor that has told nothing yet, and a receiver that takes all."""
    with web_server() as server:
        yield Sender(server)
