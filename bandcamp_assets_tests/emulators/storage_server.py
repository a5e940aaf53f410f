"""The HTTP server of the storage emulator: many connections, kept alive, one request at a time."""

from __future__ import annotations

import io
import json
import sys
import threading
import traceback
from functools import partial
from http.server import ThreadingHTTPServer
from typing import BinaryIO

from gcp_storage_emulator import server  # type: ignore[import-untyped]

from bandcamp_assets_tests.emulators.storage_types import Storage


class StorageServer(ThreadingHTTPServer):
    """Serves an emulated storage on a port of 127.0.0.1.

    The emulator's own server handles one connection after another: a client that opens one and is slow to
    send, or is broken off, would hold up all others.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, storage: Storage) -> None:
        super().__init__(("127.0.0.1", port), partial(_Handler, storage))

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error of the server's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            traceback.print_exc()


class _Handler(server.RequestHandler):  # type: ignore[misc]
    protocol_version = "HTTP/1.1"
    rfile: BinaryIO
    _one_at_a_time = threading.Lock()

    def _handle(self) -> None:
        # Read first and without the lock; a body left unread would be taken for the next request.
        body, connection = server._read_raw_data(self) or b"", self.rfile
        del self.headers["Transfer-Encoding"], self.headers["Content-Length"]
        self.headers["Content-Length"] = str(len(body))
        self.rfile = io.BytesIO(body)
        try:
            with self._one_at_a_time:
                server.Router(self).handle(self.command)
        except ConnectionError:
            raise
        except Exception as error:  # a service answers 500, whatever it was
            traceback.print_exc()
            self._answer_internal_error(error)
        finally:
            self.rfile = connection

    def _answer_internal_error(self, error: Exception) -> None:
        body = json.dumps(
            {"error": {"code": 500, "message": repr(error), "errors": [{"reason": "internalError"}]}}
        )
        self.send_response(500)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - names of the base class
