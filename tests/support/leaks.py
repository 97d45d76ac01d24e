"""Watches every log line and every response of a run for secrets that the portal issued or that somebody typed.

Issued secrets say by their prefix what they are (`vault.new_secret`), so none can be missed: a log line may hold none, and a response
only where `SHOWN` says so, once in all. `watch(app)` looks at an application of this process; logs of processes are read when they end.
A fixture in `conftest.py` fails the test during which something leaked.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import structlog
from flask import Flask, Request

ISSUED = re.compile(r"\b(wp(?:[abklqrst]|cs))_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
CODE = re.compile(r"(?<![a-z0-9-])[a-hjkmnp-z2-9]{5}(?:-[a-hjkmnp-z2-9]{5}){3}(?![a-z0-9-])")
NEVER = re.compile(r"\$argon2id\$|PRIVATE KEY-----")
TYPED = ("password", "current", "code", "client_secret", "code_verifier")
SHOWN: dict[str, set[str]] = {
    "wpt": {"integrations.make_token", "integrations.reset_token", "integrations.add", "sso.switch_scim"},
    "wpcs": {"integrations.clients.register", "integrations.clients.reset"},
    "wpa": {"oauth_endpoints.token"},
    "wpr": {"oauth_endpoints.token"},
    "wpk": {"oauth_consent.decide", "saml.acs", "sign_in.sign_out"},
    "wpl": {"members.add", "members.password"},
    "code": {"sso.rules.change", "sso.rules.make_recovery_codes"},
}
"""Where a secret is shown, by what it is: as the body of that one answer, or in the address that it leads to."""
# A browser's own cookies are set as often as need be. What a page was opened with stands in the addresses of its own forms.
COOKIES = {"wps", "wpb"}
OPENED_WITH = {"wpl", "wpq", "wpk"}
# The authorize request that waits leads from its beginning through signing in to the consent page.
ON_THE_WAY = {"wpq": {"oauth.authorize", "oauth.choose", "saml.finish"}}

found: list[str] = []
"""What leaked since it was last emptied, in sentences."""
_shown: dict[str, str] = {}
_lines: ContextVar[list[str] | None] = ContextVar("lines", default=None)


def watch(app: Flask) -> Flask:
    """Looks at every answer of the application, and at every line that its process logs from here on."""
    inner = app.wsgi_app

    def outer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = _Answer(app, environ)
        token = _lines.set(answer.lines)
        try:
            body = inner(environ, lambda status, headers, *rest: start_response(status, answer.begun(headers), *rest))
        finally:
            _lines.reset(token)
        return answer.passing(body)

    app.wsgi_app = outer  # type: ignore[method-assign]
    return app


def listen() -> None:
    """Looks at every line that this process logs, whatever configures its logging afterwards."""
    if structlog.configure is not _configure:
        structlog.configure = _configure  # type: ignore[assignment]
        logging.getLogger().addHandler(_Handler())
        _configure()


def read_log(path: Path) -> None:
    """Looks at what a process of the portal wrote."""
    for text in path.read_text(errors="replace").splitlines():
        line(text)


def line(text: str) -> None:
    """Looks at one line of a log."""
    if (lines := _lines.get()) is not None:
        lines.append(text)
    held = [match[0] for pattern in (ISSUED, CODE, NEVER) if (match := pattern.search(text))]
    found.extend(f"a log line holds {_named(secret)}: {text[:300]}" for secret in held)


@contextmanager
def collected() -> Iterator[list[str]]:
    """What leaks meanwhile, which fails nothing: for the test of this watch."""
    before, found[:] = list(found), []
    mine: list[str] = []
    try:
        yield mine
    finally:
        mine += found
        found[:] = before


class _Answer:
    """One answer on its way out."""

    def __init__(self, app: Flask, environ: dict[str, Any]) -> None:
        self.app, self.environ = app, environ
        self.lines: list[str] = []
        self.headers: list[tuple[str, str]] = []
        self.asked: Request | None = None

    def begun(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Notes the headers, and the request, which Flask forgets before the body is sent."""
        self.headers, self.asked = headers, self.environ.get("werkzeug.request")
        return headers

    def passing(self, body: Iterable[bytes]) -> Iterator[bytes]:
        """The body as it is; at its end it is looked at."""
        parts = []
        try:
            for part in body:
                parts.append(part)
                yield part
        finally:
            if hasattr(body, "close"):
                body.close()
            self._look(b"".join(parts).decode("utf-8", "replace"))

    def _look(self, body: str) -> None:
        endpoint, address = (
            (self.asked.endpoint if self.asked else None) or "no route",
            unquote(f"{self.environ.get('PATH_INFO', '')}?{self.environ.get('QUERY_STRING', '')}"),
        )
        cookies = " ".join(value for name, value in self.headers if name == "Set-Cookie")
        rest = " ".join(f"{name}: {value}" for name, value in self.headers if name != "Set-Cookie") + "\n" + body
        for kind, secret in _secrets(cookies):
            if kind not in COOKIES:
                found.append(f"{endpoint} sets a cookie with {_named(secret)}")
        for kind, secret in set(_secrets(rest)):
            if not self._may_show(kind, secret, endpoint, address):
                found.append(f"{endpoint} answers with {_named(secret)}, shown by {_shown.get(secret, 'nobody')} before")
            _shown.setdefault(secret, endpoint)
        if NEVER.search(rest):
            found.append(f"{endpoint} answers with a hash or a private key")
        for typed in self._presented():
            found.extend(f"{endpoint} logs what was presented: {text[:300]}" for text in self.lines if typed in text)
            if typed in body or typed in cookies:
                found.append(f"{endpoint} answers with what was presented")

    def _may_show(self, kind: str, secret: str, endpoint: str, address: str) -> bool:
        if kind in OPENED_WITH and (secret in address or endpoint in ON_THE_WAY.get(kind, ())):
            return True
        return endpoint in SHOWN.get(kind, ()) and secret not in _shown

    def _presented(self) -> list[str]:
        """Passwords, codes and header credentials of the request, those long enough to be no word."""
        form = vars(self.asked).get("form") if self.asked else None
        typed = [value for name in TYPED for value in (form.getlist(name) if form is not None else [])]
        scheme, _, credentials = self.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "basic":
            typed.append(credentials)
        return [value for value in typed if len(value) >= 12 and len(set(value)) > 3]


class _Handler(logging.Handler):
    """Lines of libraries below those that the portal takes over; those of the tests' own HTTP server are not the portal's."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "werkzeug" and record.levelno < logging.WARNING:
            line(record.getMessage() + (logging.Formatter().formatException(record.exc_info) if record.exc_info else ""))


_original = structlog.configure


def _configure(**chosen: Any) -> None:
    """Structlog's own, with a look at each line, also at those below the chosen level."""
    _original(**chosen)
    now = structlog.get_config()
    if any(getattr(processor, "looks", False) for processor in now["processors"]):
        return
    silent = {name for name in ("debug", "info", "warning", "error", "critical") if getattr(now["wrapper_class"], name).__name__ == "_nop"}

    def look(_logger: Any, method: str, event: Any) -> Any:
        line(event if isinstance(event, str) else json.dumps(event, default=str))
        if method in silent:
            raise structlog.DropEvent
        return event

    look.looks = True  # type: ignore[attr-defined]
    _original(processors=[*now["processors"], look], wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))


def _secrets(text: str) -> Iterator[tuple[str, str]]:
    for match in ISSUED.finditer(text):
        yield match[1], match[0]
    for match in CODE.finditer(text):
        yield "code", match[0]


def _named(secret: str) -> str:
    kind = secret.partition("_")[0]
    return f"a secret ({kind}_…{secret[-4:]})" if secret.startswith("wp") else f"“{secret[:5]}…”"
