"""PostgreSQL and Redis for one test run, shared by its workers: started by the first that asks, ended with the run."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support import parts
from tests.support.processes import Program, end_by_pid, free_port, listens, unprivileged

_RUN, _MEMORY, _PID = "TESTS_RUN", "TESTS_MEMORY", "TESTS_PID"
# Memory that a run may take for databases, in bytes; a container has 64 MB unless told otherwise.
_SHARED, _ROOM = Path("/dev/shm"), 2 << 30


def begin_run() -> None:
    """Makes the run's directory, which the workers inherit, and forgets the settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        del os.environ[name]
    directory = tempfile.mkdtemp(prefix="portal-tests-")
    Path(directory).chmod(0o711)
    os.environ.update({_RUN: directory, _MEMORY: _in_memory() or directory, _PID: str(os.getpid())})


def end_run() -> None:
    """Ends every shared service and removes the run's directory."""
    for facts in sorted(run_directory().glob("*.service")):
        end_by_pid(json.loads(facts.read_text())["pid"])
    for directory in (run_directory(), memory_directory()):
        shutil.rmtree(directory, ignore_errors=True)


def run_directory() -> Path:
    """The run's own directory under the system's temporary one."""
    return Path(os.environ[_RUN])


def memory_directory() -> Path:
    """A directory of the run in memory, where there is room: databases that no test of a disk asks for need not wait for one."""
    return Path(os.environ[_MEMORY])


def _in_memory() -> str:
    room = os.access(_SHARED, os.W_OK) and shutil.disk_usage(_SHARED).free > _ROOM
    return tempfile.mkdtemp(prefix="portal-tests-", dir=_SHARED) if room else ""


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Holds a lock that all workers of the run share."""
    with (run_directory() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def postgresql() -> str:
    """The directory of the socket that the run's cluster listens on."""
    return _shared("postgresql", start_postgresql)


def postgresql_url(name: str) -> str:
    """The URL of the database `name` in the run's cluster, which listens on a socket of its own and on no port."""
    return postgresql_url_in(Path(postgresql()), name)


def postgresql_url_in(sockets: Path, name: str) -> str:
    """The URL of the database `name` in the cluster that listens in `sockets`."""
    return f"postgresql://portal@/{name}?host={sockets}"


def redis() -> str:
    """The URL of the run's Redis, which keeps nothing on disk."""
    return _shared("redis", start_redis)


def _shared(name: str, start: Callable[[Path, int], tuple[Program, str]]) -> str:
    facts = run_directory() / f"{name}.service"
    with one_at_a_time(name):
        if not facts.exists():
            directory = run_directory() / name
            directory.mkdir()
            program, where = start(directory, int(os.environ[_PID]))
            program.leave_running()
            facts.write_text(json.dumps({"pid": program.pid, "where": where}))
        return str(json.loads(facts.read_text())["where"])


def start_postgresql(directory: Path, serves: int | None = None, **options: str) -> tuple[Program, str]:
    """A throw-away cluster in `directory`, not as root; returns it and the directory of its socket.

    It forgets what it wrote last when it is killed, unless `options` (settings of PostgreSQL) say otherwise.
    """
    programs, user = parts.need(parts.postgresql), unprivileged()
    if user != "-":
        shutil.chown(directory, user)
    log, data = directory.with_suffix(".log"), directory / "data"
    if not data.exists():
        command: list[str | Path] = [programs / "initdb", "--pgdata", data, "--username=portal", "--auth=trust", "--no-sync"]
        account = None if user == "-" else user
        subprocess.run(
            [*command, "--encoding=UTF8", "--locale=C", "--no-instructions"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=directory,
            user=account,
            group=account,
            extra_groups=[] if account else None,
        )
    quick = {"listen_addresses": "", "unix_socket_directories": directory, "fsync": "off", "synchronous_commit": "off",
             "full_page_writes": "off", "max_connections": 200, "shared_buffers": "64MB", "max_wal_size": "2GB", **options}  # fmt: skip
    arguments = [part for name, value in quick.items() for part in ("-c", f"{name}={value}")]
    program = Program([programs / "postgres", "-D", data, *arguments], log, user=user, stop_by=signal.SIGINT, serves=serves, cwd=directory)
    program.wait_until(lambda: _accepts(directory))
    return program, str(directory)


def _accepts(sockets: Path) -> bool:
    try:
        psycopg.connect(postgresql_url_in(sockets, "postgres"), connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


def start_redis(directory: Path, serves: int | None = None, port: int | None = None) -> tuple[Program, str]:
    """A Redis on a free port, unless one is named; returns it and its URL."""
    port = port or free_port()
    command = [parts.need(parts.redis), "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    program = Program([*map(str, command), "--dir", directory], directory.with_suffix(".log"), serves=serves)
    program.wait_until(lambda: listens(port))
    return program, f"redis://127.0.0.1:{port}/0"
