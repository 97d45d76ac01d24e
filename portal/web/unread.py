"""Bodies that a refusal left unread: taken in before the answer goes out, so that a client that sends first and reads then gets it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# What fits into the buffers of a connection harms nobody; what is beyond the other bound is cut off.
_SMALL, _MOST = 32 * 1024, 64 * 1024 * 1024


class UnreadBodies:
    """WSGI middleware; a server that closes a connection with bytes unread takes its own answer back."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[Any]:
        """Answers, once what the application left of a large body is in, as far as it is below 64 MB."""
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or int(length) <= _SMALL:
            return self._app(environ, start_response)
        body = environ["wsgi.input"] = _Body(environ["wsgi.input"], int(length))
        answer = self._app(environ, start_response)
        body.take_in(_MOST)
        return answer


class _Body(io.RawIOBase):
    """A body that knows how much of it has not been read."""

    def __init__(self, inner: Any, length: int) -> None:
        self._inner, self._left = inner, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data: bytes = self._inner.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left = self._left - len(data) if data else 0
        return len(data)

    def take_in(self, most: int) -> None:
        """Reads what is left, and lets it go, unless it is more than `most` bytes or the client is gone."""
        while 0 < self._left <= most and self.read(64 * 1024):
            pass
