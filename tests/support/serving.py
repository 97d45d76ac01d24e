"""Servers of this process, each served by a thread of its own until it is stopped."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Serving:
    """Serves from the start until `stop`."""

    def __init__(self, server: socketserver.BaseServer) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops serving and closes the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Serves until the block ends."""
    served = Serving(server)
    try:
        yield
    finally:
        served.stop()
