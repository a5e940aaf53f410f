"""A small SMTP server on the loopback address: STARTTLS, logins, and mails kept for the test."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Received:
    """What the server got.

    Attributes:
        mails: The mails.
        logins: User and password of each login.
        encrypted: Whether each mail came over TLS.
    """

    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)


@contextmanager
def mail_server(*, tls: ssl.SSLContext | None = None, only_login: str = "") -> Iterator[tuple[int, Received]]:
    """Run the server. Gives its port and what it gets.

    Args:
        tls: Offer STARTTLS with this context.
        only_login: The one right password; empty where no login is offered.
    """
    received = Received()

    class Session(socketserver.StreamRequestHandler):
        encrypted = False

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def finish(self) -> None:
            super().finish()
            self.connection.close()

        def handle(self) -> None:
            self.say("220 mail.test ready")
            while line := self.rfile.readline().decode().strip():
                if not self.answer(line):
                    return

        def answer(self, line: str) -> bool:
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb == "EHLO":
                offers = ["STARTTLS"] if tls and not self.encrypted else []
                offers += ["AUTH PLAIN"] if only_login else []
                names = ["mail.test", *offers]
                for number, name in enumerate(names, start=1):
                    self.say(f"250{' ' if number == len(names) else '-'}{name}")
            elif verb == "STARTTLS" and tls:
                self.say("220 go ahead")
                self.connection = tls.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
                self.encrypted = True
            elif verb == "AUTH":
                _, user, given = base64.b64decode(line.split(" ")[2]).decode().split("\0")
                received.logins.append((user, given))
                self.say("235 welcome" if given == only_login else f"535 wrong password {given}")
            elif verb == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                received.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
                received.encrypted.append(self.encrypted)
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return False
            else:
                self.say("250 fine")
            return True

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_session: None  # type: ignore[method-assign]  # a client that hangs up
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.server_address[1], received
        server.shutdown()
