"""Draws and compiles charts with vl-convert.

It has a JavaScript engine, which starts at the first call. That takes half a second, a few files and some threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bandcamp_assets.system.errors import PlatformError


def draw_png(specification: Mapping[str, Any]) -> bytes:
    """Draw a specification of Vega-Lite.

    Raises:
        PlatformError: If the engine cannot work.
    """
    with _engine() as vl_convert:
        png: bytes = vl_convert.vegalite_to_png(dict(specification), scale=1)
    return png


def compile_for_vega(specification: Mapping[str, Any]) -> dict[str, Any]:
    """Compile a specification of Vega-Lite to one of Vega.

    Raises:
        PlatformError: If the engine cannot work.
    """
    with _engine() as vl_convert:
        compiled: dict[str, Any] = vl_convert.vegalite_to_vega(dict(specification))
    return compiled


@contextmanager
def _engine() -> Iterator[Any]:
    import vl_convert

    try:
        yield vl_convert
    except BaseException as error:
        # A panic of the library is not an Exception, and its class cannot be imported.
        if not (isinstance(error, ValueError) or type(error).__name__ == "PanicException"):
            raise
        said = " ".join(str(error).split())
        raise PlatformError(
            f"The charts could not be drawn: {said}",
            where="vl-convert, in this process",
            remedy="raise the limits of open files and memory (`ulimit -a` shows them), and run again",
        ) from error
