"""A mail server as one URL names it, and the conversation with it (RFC 5321)."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from threading import Timer
from urllib.parse import parse_qs, unquote, urlsplit

SECONDS = 10
"""How long the server may be silent."""
LONGEST = 60.0
"""How long one mail, or the greeting, may take in all: a server that drips is given up."""
_STARTTLS = ("required", "offered", "off")


class NotSentError(Exception):
    """A mail did not go out; the message is a reason for people.

    `final` when trying again is of no use, `away` when the server would take no other mail either.
    """

    def __init__(self, reason: str, *, final: bool = False, away: bool = False) -> None:
        super().__init__(" ".join(reason.split())[:300])
        self.final, self.away = final, away


@dataclass(frozen=True)
class Server:
    """`tls` is implicit, required, offered (used when there is, its certificate not checked) or off."""

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def server_of(url: str, domain: str) -> Server:
    """The server behind `smtp://` or `smtps://[user:password@]host[:port][?from=address&starttls=required|offered|off]`.

    Mail comes from `no-reply@<domain>` unless `from` says otherwise. Raises ValueError with what to change.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("give smtp://host:port or smtps://host:port, with user:password@ before the host where it needs them")
    query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    unknown = query.keys() - {"from", "starttls"}
    if unknown:
        raise ValueError(f"“{min(unknown)}” is not known here; from and starttls are")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    tls = query.get("starttls", "required" if user else "offered")
    if tls not in _STARTTLS:
        raise ValueError(f"starttls is {', '.join(_STARTTLS[:-1])} or {_STARTTLS[-1]}")
    secure = parts.scheme == "smtps"
    sender = query.get("from", f"no-reply@{domain}")
    if not sender.isascii() or any(char.isspace() for char in sender) or "@" not in sender[1:-1]:
        raise ValueError("from is the e-mail address that mail comes from")
    return Server(parts.hostname, parts.port or (465 if secure else 587), "implicit" if secure else tls, sender, user, password)


def send(server: Server, message: EmailMessage, recipient: str) -> None:
    """Hands one mail over; raises NotSentError."""
    with _connected(server) as smtp, _reasons(), _deadline(smtp):
        smtp.send_message(message, from_addr=server.sender, to_addrs=[recipient])


def check(server: Server) -> None:
    """Connects and signs in, and sends nothing; raises NotSentError."""
    with _connected(server):
        pass


@contextmanager
def _connected(server: Server) -> Iterator[smtplib.SMTP]:
    smtp = _Encrypted(server) if server.tls == "implicit" else _Plain(server)
    try:
        with _reasons(away=True), _deadline(smtp):
            code, said = smtp.connect(server.host, server.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
            smtp.ehlo_or_helo_if_needed()
            _encrypt(smtp, server)
            if server.user:
                smtp.login(server.user, server.password)
        yield smtp
    finally:
        with suppress(smtplib.SMTPException, OSError, ValueError), _deadline(smtp):
            smtp.quit()
        smtp.close()


class _Plain(smtplib.SMTP):
    """Knows its host before it connects, which is what certificates are checked against."""

    def __init__(self, server: Server) -> None:
        super().__init__(timeout=SECONDS, local_hostname=server.sender.rpartition("@")[2])
        self._host = server.host


class _Encrypted(smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""

    def __init__(self, server: Server) -> None:
        domain = server.sender.rpartition("@")[2]
        super().__init__(timeout=SECONDS, local_hostname=domain, context=ssl.create_default_context())
        self._host = server.host


def _encrypt(smtp: smtplib.SMTP, server: Server) -> None:
    if server.tls in ("implicit", "off"):
        return
    if not smtp.has_extn("starttls"):
        if server.tls == "required":
            raise NotSentError("the mail server does not offer STARTTLS; ?starttls=off does without", away=True)
        return
    context = ssl.create_default_context()
    if server.tls == "offered":
        # Whoever could show a false certificate could as well take the offer away.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    smtp.starttls(context=context)
    smtp.ehlo()


@contextmanager
def _deadline(smtp: smtplib.SMTP) -> Iterator[None]:
    """Cuts the line after LONGEST, because a timeout counts from each byte."""

    def cut() -> None:
        if smtp.sock is not None:
            with suppress(OSError):
                smtp.sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(LONGEST, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _reasons(*, away: bool = False) -> Iterator[None]:
    """Says in one sentence what went wrong."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise NotSentError(f"the mail server refused the address: {code} {_text(said)}", final=code >= 500) from None
    except smtplib.SMTPResponseException as error:
        reason = next((text for kind, text in _REFUSED.items() if isinstance(error, kind)), "the mail server refused")
        if error.smtp_code < 0:
            raise NotSentError("the mail server hung up in the middle of an answer", away=away) from None
        final = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
        raise NotSentError(f"{reason}: {error.smtp_code} {_text(error.smtp_error)}", final=final, away=away) from None
    except smtplib.SMTPNotSupportedError as error:
        raise NotSentError(f"the mail server cannot do this: {error}", final=not away, away=away) from None
    except TimeoutError:
        raise NotSentError(f"the mail server was silent for {SECONDS} seconds", away=True) from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSentError(f"the mail server does not answer: {str(error) or type(error).__name__}", away=away) from None


_REFUSED = {
    smtplib.SMTPAuthenticationError: "the mail server refused the user or password",
    smtplib.SMTPSenderRefused: "the mail server refused the sender",
    smtplib.SMTPDataError: "the mail server refused the mail",
}


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
