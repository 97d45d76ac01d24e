"""Gunicorn's threaded worker, which leaves a new connection to the worker that has the fewest."""

from __future__ import annotations

import time
from socket import socket

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

# Seconds that a worker holds back for each connection it has, and at most: the others, woken by the same connection, come first.
_EACH, _MOST = 0.0002, 0.001


class BalancedWorker(ThreadWorker):
    """A client keeps its connections for hours, so whoever accepts them serves them: all in one worker would leave a core idle."""

    def accept(self, listener: socket) -> None:
        """Takes the connection, unless another worker did meanwhile."""
        if self.nr_conns:
            time.sleep(min(self.nr_conns * _EACH, _MOST))
        super().accept(listener)
