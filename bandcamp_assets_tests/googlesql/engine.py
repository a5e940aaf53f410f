"""The engine itself: WebAssembly that is compiled once for an environment, and called with messages.

What the messages say stands in `language`, `values` and `database`. The package's own client is not used: it
compiles the engine in every process, for half a minute, and copies messages byte by byte.
"""

from __future__ import annotations

import ctypes
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

import tzdata
from filelock import FileLock
from google.protobuf.message import Message
from wasmtime import Config, Engine, Linker, Module, SharedMemory, Store, WasiConfig
from zetasql.wasi import get_wasm_path

_ADDRESS_BYTES = 4
_TIME_ZONES = "/usr/share/zoneinfo"
"""Where the engine looks for time zones."""

Answer = TypeVar("Answer", bound=Message)


class RefusedSql(Exception):  # noqa: N818 - it is what happened
    """The engine refuses a statement, or fails while it runs one; the message is its own."""


class GoogleSqlEngine:
    """One instance of the engine. It serves one caller at a time."""

    def __init__(self) -> None:
        config = Config()
        config.shared_memory = True  # the engine was built with threads
        engine = Engine(config)
        self._store = Store(engine)
        self._store.set_wasi(_surroundings())
        linker = Linker(engine)
        linker.define_wasi()
        exports = linker.instantiate(self._store, _module(engine)).exports(self._store)
        self._functions: dict[str, Any] = {name: exports[name] for name in exports}
        self._memory = cast("SharedMemory", exports["memory"])
        self._call("_initialize")

    def ask(self, service: str, request: Message, answer: type[Answer]) -> Answer:
        """Call a service of the engine.

        Args:
            service: Its name.
            request: What it is told.
            answer: The class of what it says.

        Returns:
            What it says.

        Raises:
            RefusedSql: If the engine answers with an error.
        """
        asked = request.SerializeToString()
        address, size_at = self._call("wasm_malloc", max(len(asked), 1)), self._call("wasm_malloc", _ADDRESS_BYTES)
        ctypes.memmove(self._start + address, asked, len(asked))
        answer_at = self._call(f"ZetaSqlLocalService_{service}", address, len(asked), size_at)
        if not answer_at:
            raise RefusedSql(self._last_error())
        answered = self._read(answer_at, int.from_bytes(self._read(size_at, _ADDRESS_BYTES), "little"))
        for held in (address, size_at, answer_at):
            self._call("wasm_free", held)
        made: Answer = answer.FromString(answered)
        return made

    def _call(self, name: str, *arguments: int) -> Any:  # noqa: ANN401 - the engine's functions are untyped
        return self._functions[name](self._store, *arguments)

    def _last_error(self) -> str:
        size, address = self._call("wasm_get_last_error_size"), self._call("wasm_get_last_error")
        return self._read(address, size).decode()

    def _read(self, address: int, size: int) -> bytes:
        return ctypes.string_at(self._start + address, size)

    @property
    def _start(self) -> int:
        return ctypes.addressof(self._memory.data_ptr().contents)


def _surroundings() -> WasiConfig:
    surroundings = WasiConfig()
    surroundings.inherit_stderr()
    surroundings.preopen_dir(str(Path(tzdata.__file__).parent / "zoneinfo"), _TIME_ZONES)
    return surroundings


def _module(engine: Engine) -> Module:
    """The engine as machine code, from a file beside the environment's packages; made there by who comes first."""
    kept = Path(sys.prefix) / f"googlesql-{version('zetasql')}-{version('wasmtime')}.compiled"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            unfinished = kept.with_suffix(".unfinished")
            unfinished.write_bytes(Module.from_file(engine, str(get_wasm_path())).serialize())
            unfinished.replace(kept)
    return Module.deserialize_file(engine, str(kept))
