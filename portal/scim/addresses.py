"""Addresses as clients write them: slashes too many are passed over, never redirected, for a redirect loses a POST."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES = re.compile(r"/{2,}")


class PlainAddresses:
    """WSGI middleware for paths below /scim/."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[Any]:
        """Cleans the path, then goes on."""
        path = environ.get("PATH_INFO", "")
        plain = _SLASHES.sub("/", path) if "//" in path else path
        if plain.startswith("/scim/"):
            environ["PATH_INFO"] = plain.rstrip("/") if plain != "/scim/" else plain
        return self._app(environ, start_response)
