"""Whose turn it is to write to an SQLite database: one thread of a process, one process of the machine.

SQLite lets one write at a time and has no queue: who finds it busy sleeps and tries again, for up to 100 ms while a write takes about 2,
and whoever comes by at the right moment goes first. Here threads wait for their process, and processes wait in a queue of one: who
stands in it is the next, so that none overtakes it twice. The locks are files beside the database, which the system lets go of when a
process dies. They guard nothing that SQLite does not guard: a writer that knows nothing of them waits for SQLite's own lock.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import threading
import time

# Seconds between two looks at a lock that another process has: for as long as a few writes take, and when one takes longer.
_LOOK_AGAIN, _SOON, _LOOK_LATER = 0.00002, 0.01, 0.0005
# Linux lets a sleep take 50 µs longer to spare itself a wake-up, unless a thread says (PR_SET_TIMERSLACK) how many nanoseconds may pass.
_SLACK = (29, 1_000, 0, 0, 0)
_punctual = threading.local()


class Turn:
    """The turn to write to the database in this file."""

    def __init__(self, database: str) -> None:
        self._threads = threading.Lock()
        self._files = [f"{database}-queue", f"{database}-writer"]
        self._opened: tuple[int, list[int]] = (0, [])

    def take(self, seconds: float) -> bool:
        """Waits for the turn; False when it did not come in time."""
        deadline = time.monotonic() + seconds
        if not self._threads.acquire(timeout=seconds):
            return False
        if self._before_others(deadline):
            return True
        self._threads.release()
        return False

    def leave(self) -> None:
        """Gives the turn to the next."""
        for file in self._locks()[1:]:
            fcntl.flock(file, fcntl.LOCK_UN)
        self._threads.release()

    def _before_others(self, deadline: float) -> bool:
        files = self._locks()
        if not files:
            return True
        queue, writer = files
        if not _lock(queue, deadline):
            return False
        taken = _lock(writer, deadline)
        fcntl.flock(queue, fcntl.LOCK_UN)
        return taken

    def _locks(self) -> list[int]:
        """The files, opened once by each process, because a forked one would share its parent's locks; none where none can be made."""
        process = os.getpid()
        if self._opened[0] != process:
            try:
                made = [os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for file in self._files]
            except OSError:
                return []  # a full disk, say: SQLite then tells the request what it thinks of it
            self._opened = (process, made)
        return self._opened[1]


def _lock(file: int, deadline: float) -> bool:
    if not getattr(_punctual, "asked", False):
        _punctual.asked = True
        if prctl := getattr(ctypes.CDLL(None), "prctl", None):
            prctl(*_SLACK)
    soon = time.monotonic() + _SOON
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            now = time.monotonic()
            if now > deadline:
                return False
            time.sleep(_LOOK_AGAIN if now < soon else _LOOK_LATER)
        else:
            return True
