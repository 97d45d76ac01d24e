"""A mail server for tests: speaks SMTP over a real socket, keeps what it takes, and misbehaves when told to (RFC 5321)."""

from __future__ import annotations

import base64
import contextlib
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.support.serving import Serving


@dataclass
class Taken:
    """A mail that was taken: the envelope, the message, and whether the line was encrypted."""

    sender: str
    recipient: str
    message: EmailMessage
    encrypted: bool

    def part(self, kind: str) -> str:
        """The text of the part `plain` or `html`."""
        body = self.message.get_body((kind,))
        assert body is not None, kind
        return str(body.get_content()).replace("\r\n", "\n")


@dataclass
class Mailbox:
    """Listens on `port`, or a free one, until `stop`; `refuse` maps recipients to replies, `busy` is said instead of a greeting.

    `silent` takes connections and says nothing, `drip` is all it says, over and over; `account` is the user and password it wants;
    `tls` offers STARTTLS with that certificate and key, or speaks TLS from the first byte when `implicit`.
    """

    refuse: dict[str, str] = field(default_factory=dict)
    busy: str = ""
    silent: bool = False
    drip: str = ""
    account: tuple[str, str] | None = None
    tls: tuple[Path, Path] | None = None
    implicit: bool = False
    port: int = 0
    mails: list[Taken] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        mailbox = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                mailbox.connections += 1
                line = Line(mailbox, self.request)
                with contextlib.suppress(OSError):  # whoever leaves early leaves
                    line.run()
                line.close()

        self._released = threading.Event()
        server = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), Handler)
        self.port = int(server.server_address[1])
        server.daemon_threads = True
        self._serving = Serving(server)

    @property
    def url(self) -> str:
        """What PORTAL_SMTP_URL says to send mail here."""
        return f"smtp://127.0.0.1:{self.port}"

    def stopped(self, seconds: float) -> bool:
        """Whether the end comes within these seconds."""
        return self._released.wait(seconds)

    def stop(self) -> None:
        """Closes."""
        self._released.set()
        self._serving.stop()


class Line:
    """One connection."""

    def __init__(self, mailbox: Mailbox, connection: Any) -> None:
        self._mailbox, self._encrypted = mailbox, False
        self._signed_in, self._sender, self._recipient = mailbox.account is None, "", ""
        self._take(connection)

    def run(self) -> None:
        """Answers each command until QUIT or the line ends."""
        box = self._mailbox
        if box.silent:
            box.stopped(30)
            return
        while box.drip and not box.stopped(0.05):
            self._say(box.drip)
        if box.implicit:
            self._encrypt()
        self._say(box.busy or "220 mail.example ESMTP")
        while line := self._file.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if word.upper() == "QUIT":
                self._say("221 bye")
                return
            getattr(self, f"_{word.lower()}", lambda _rest: self._say("250 fine"))(rest)

    def close(self) -> None:
        """Hangs up."""
        self._file.close()
        self._connection.close()

    def _ehlo(self, _rest: str) -> None:
        offers = ["STARTTLS"] if self._mailbox.tls and not self._encrypted else []
        self._say("\r\n".join(["250-mail.example", *[f"250-{offer}" for offer in offers], "250-AUTH PLAIN", "250 8BITMIME"]))

    def _starttls(self, _rest: str) -> None:
        self._say("220 go ahead")
        self._encrypt()

    def _auth(self, rest: str) -> None:
        given = base64.b64decode(rest.split()[1]).decode().split("\0")[1:]
        self._signed_in = tuple(given) == self._mailbox.account
        self._say("235 welcome" if self._signed_in else "535 5.7.8 wrong user or password")

    def _mail(self, rest: str) -> None:
        self._sender = rest.partition("<")[2].partition(">")[0]
        self._say("250 fine" if self._signed_in else "530 5.7.0 sign in first")

    def _rcpt(self, rest: str) -> None:
        self._recipient = rest.partition("<")[2].partition(">")[0]
        self._say(self._mailbox.refuse.get(self._recipient, "250 fine"))

    def _data(self, _rest: str) -> None:
        self._say("354 go on")
        raw = b"".join(line.removeprefix(b".") for line in iter(self._file.readline, b".\r\n"))
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self._mailbox.mails.append(Taken(self._sender, self._recipient, message, self._encrypted))
        self._say("250 taken")

    def _encrypt(self) -> None:
        assert self._mailbox.tls is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._mailbox.tls)
        self._take(context.wrap_socket(self._connection, server_side=True))
        self._encrypted = True

    def _take(self, connection: Any) -> None:
        self._connection, self._file = connection, connection.makefile("rb")

    def _say(self, text: str) -> None:
        self._connection.sendall(text.encode() + b"\r\n")
