"""SCIM's requests of one process, one after the other: its interpreter runs one at a time anyway."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Seconds that a request waits for the one before it, which takes about two thousandths.
_PATIENCE = 0.01


class SingleFile:
    """WSGI middleware for paths below /scim/, on which a client lets several requests go at the same moment.

    Threads that run at once take the interpreter's lock from each other at each statement, also from the one that has the workspace's
    lock, for which all others wait. Only requests that are short keep the others waiting: one that waits for its client, or for another
    process, is passed by. It orders work and guards nothing.
    """

    def __init__(self, app: WSGIApplication, patience: float = _PATIENCE) -> None:
        self._app, self._patience = app, patience
        self._place = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[Any]:
        """Goes on once the request before is answered, or has been waited for long enough."""
        if not environ.get("PATH_INFO", "").startswith("/scim/"):
            return self._app(environ, start_response)
        place = self._place
        if not place.acquire(timeout=self._patience):
            # Those who come now wait for this one, not for the slow one again; taken before it is theirs to take.
            place = threading.Lock()
            place.acquire()
            self._place = place
        try:
            return self._app(environ, start_response)
        finally:
            place.release()
