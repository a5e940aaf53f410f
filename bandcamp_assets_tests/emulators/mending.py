"""How a mend takes the place of a part of an emulator: by name, and never beside it.

A part that another version of the emulator no longer has is an error at once, not a mend without effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Part = Callable[..., Any]


def replace(owner: object, name: str, mended: Part) -> None:
    """Puts a function of ours in the place of the emulator's.

    Args:
        owner: The module or class that it is looked up in.
        name: Its name there.
        mended: Ours.
    """
    getattr(owner, name)
    setattr(owner, name, mended)


def wrap(owner: object, name: str, mend: Callable[[Part], Part]) -> None:
    """Puts what our function makes of the emulator's in its place.

    Args:
        owner: The module or class that it is looked up in.
        name: Its name there.
        mend: Takes the emulator's function and returns the mended one.
    """
    setattr(owner, name, mend(getattr(owner, name)))
