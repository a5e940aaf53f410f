"""The settings of lineage: to which receiver of OpenLineage it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bandcamp_assets.system.setting_values import secret, web_address

DESCRIPTIONS = {
    "BANDCAMP_OPENLINEAGE_URL": "Receiver of OpenLineage: what runs made is posted to api/v1/lineage below it. "
    "Default: none.",
    "BANDCAMP_OPENLINEAGE_API_KEY": "Key that this receiver asks for. It is a secret. Default: none.",
    "BANDCAMP_OPENLINEAGE_API_KEY_FILE": "File that holds the key, instead of the setting itself.",
    "BANDCAMP_OPENLINEAGE_NAMESPACE": "Where this receiver keeps jobs and datasets. Default: bandcamp.",
}


@dataclass(frozen=True)
class OpenLineage:
    """Where lineage goes.

    Attributes:
        url: Address of the receiver, with a slash at its end; empty for none.
        api_key: The key it asks for; empty for none.
        namespace: Where it keeps jobs and datasets.
    """

    url: str = ""
    api_key: str = field(default="", repr=False)
    namespace: str = "bandcamp"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> OpenLineage:
        """Read and check the settings in `env`.

        Raises:
            PlatformError: If the address is not one, or the file of the key cannot be read.
        """
        url = web_address("BANDCAMP_OPENLINEAGE_URL", env.get("BANDCAMP_OPENLINEAGE_URL", ""))
        return cls(
            url=f"{url}/" if url else "",
            api_key=secret(env, "BANDCAMP_OPENLINEAGE_API_KEY"),
            namespace=env.get("BANDCAMP_OPENLINEAGE_NAMESPACE", cls.namespace),
        )
