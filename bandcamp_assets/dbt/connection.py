"""Opens the connection that dbt opens, to find out before a run whether dbt may work. `engine` calls dbt."""

from __future__ import annotations

from pathlib import Path

from bandcamp_assets.dbt.engine import invoke
from bandcamp_assets.dbt.project import DbtWorkspace
from bandcamp_assets.system.errors import PlatformError

_ANSWER = "The database returned the following error:"
"""What dbt says before the reason why it cannot connect."""


def check_connection(workspace: DbtWorkspace, target_path: Path) -> None:
    """Open the connection that dbt opens, with its own profile, and ask it something.

    Raises:
        PlatformError: If dbt cannot connect.
    """
    said: list[str] = []
    outcome = invoke(
        workspace, ["debug", "--connection"], target_path=target_path, log=lambda _level, text: said.append(text)
    )
    if not outcome.succeeded:
        answered = next((text.partition(_ANSWER)[2] for text in said if _ANSWER in text), outcome.message)
        reason = " ".join(answered.partition("Check your database")[0].replace(">", "").split())
        raise PlatformError(
            f"dbt cannot connect: {reason[:300] or 'it does not say why'}",
            where=f"target {workspace.target} of the dbt project's profiles.yml",
            remedy="check the credentials and the settings of the deployment",
        )
