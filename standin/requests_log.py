"""What the stand-in sent and what came back: the face of the tool."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

KEPT = 1000
SECRETS = {"client_secret", "code", "refresh_token", "access_token", "token"}


@dataclass
class Exchange:
    """One request and its answer; `status` 0 means that none came, `error` says why."""

    number: int
    app: str
    why: str
    method: str
    url: str
    request_headers: list[tuple[str, str]]
    request_body: str = ""
    status: int = 0
    reason: str = ""
    response_headers: list[tuple[str, str]] = field(default_factory=list)
    response_body: str = ""
    milliseconds: int = 0
    error: str = ""
    note: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def failed(self) -> bool:
        """Whether no answer came or one of 400 and above."""
        return self.status == 0 or self.status >= 400


def last_four(secret: str) -> str:
    """A secret as the log shows it."""
    return f"••••{secret[-4:]}" if len(secret) > 8 else "••••"


def redact_header(name: str, value: str) -> str:
    """A header's value; of an Authorization only the scheme words and the last four characters."""
    if name.lower() not in {"authorization", "set-cookie"}:
        return value
    words = value.split(" ")
    return " ".join([*words[:-1], last_four(words[-1])])


def pretty(body: str) -> str:
    """A body for reading: JSON and forms laid out, secrets cut to their last four characters."""
    try:
        return json.dumps(_redact(json.loads(body)), indent=2, ensure_ascii=False)
    except ValueError:
        pass
    pairs = parse_qsl(body) if "grant_type=" in body else []
    if pairs:
        return "\n".join(f"{key} = {last_four(value) if key in SECRETS else value}" for key, value in pairs)
    return body


def _redact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: last_four(item) if key in SECRETS and isinstance(item, str) else _redact(item) for key, item in value.items()}
    return [_redact(item) for item in value] if isinstance(value, list) else value


class RequestsLog:
    """The last thousand exchanges, newest first; safe between threads."""

    def __init__(self) -> None:
        self._items: deque[Exchange] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._count = 0

    def begin(self, app: str, why: str, method: str, url: str, headers: list[tuple[str, str]], body: str = "") -> Exchange:
        """Records a request about to be sent, redacted; the caller fills in the answer."""
        shown = [(name, redact_header(name, value)) for name, value in headers]
        with self._lock:
            self._count += 1
            item = Exchange(self._count, app, why, method, url, shown, pretty(body))
            self._items.appendleft(item)
        return item

    def newest(self, app: str = "", failed: bool = False) -> list[Exchange]:
        """Exchanges, newest first, of one app or all."""
        with self._lock:
            items = list(self._items)
        return [item for item in items if (not app or item.app == app) and (not failed or item.failed)]

    def clear(self, app: str = "") -> None:
        """Forgets the exchanges of one app or all."""
        with self._lock:
            self._items = deque((item for item in self._items if app and item.app != app), maxlen=KEPT)
