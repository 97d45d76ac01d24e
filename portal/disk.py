"""When what SQLite committed is safe on disk."""

from __future__ import annotations

import os


def wait(database: str) -> None:
    """Returns once all that was committed to the database in this file is on disk; raises OSError when the disk does not take it.

    One call covers what others committed before, for the write-ahead log is one stream of them all. Where there is no log, the last
    connection that was closed has moved it, synced, into the database.
    """
    try:
        log = os.open(f"{database}-wal", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.fdatasync(log)
    finally:
        os.close(log)
