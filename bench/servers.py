"""What a benchmark runs against: gunicorn with two workers, and a PostgreSQL of its own that forgets nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.services import postgresql_url_in, start_postgresql

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
# As a server is left by its packages, where it matters: every commit is on disk before it is answered.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "128MB"}


@contextmanager
def database(wanted: str, directory: Path) -> Iterator[str]:
    """The URL of an empty database: a file in `directory` for `sqlite`, a cluster in it for `postgresql`, else `wanted` as it is."""
    if wanted == "sqlite":
        yield f"sqlite:///{directory / 'portal.sqlite3'}"
        return
    if wanted != "postgresql":
        yield wanted
        return
    with TemporaryDirectory(prefix="portal-bench-") as place:
        Path(place).chmod(0o711)
        cluster = Path(place) / "postgresql"
        cluster.mkdir()
        program, sockets = start_postgresql(cluster, None, **DURABLE)
        try:
            yield postgresql_url_in(Path(sockets), "postgres")
        finally:
            program.stop()


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def gunicorn(app: str, port: int, environment: dict[str, str], log: Path) -> Iterator[int]:
    """Serves `app` by the repository's own gunicorn settings until the block ends; gives the master's process id."""
    command = [sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--log-level", "error"]
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=output)
    try:
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        time.sleep(2)
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def resident(master: int) -> list[float]:
    """The resident memory of each of a master's workers, in megabytes."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    found = []
    for child in children:
        status = Path(f"/proc/{child}/status").read_text(encoding="ascii")
        found.append(next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")))
    return found
