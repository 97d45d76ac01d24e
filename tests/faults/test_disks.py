"""The disk fills up in the middle of a load of writes: nothing answered is lost, nothing is half-done, and room is all it takes to go on.

Where this machine lets nobody mount a small disk, SQLite meets a limit on the size of its files instead, and PostgreSQL refuses
writes with its own error for a full disk.
"""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.load import FULL, Target, Writers, prepare, size
from tests.support import databases, services, site
from tests.support.disks import small_disk
from tests.support.http import browserless
from tests.support.processes import unprivileged

Switch = Callable[[], None]


# The stand-ins for a disk are tried at full size, so that they work where they are needed.
mounted = pytest.mark.parametrize("mounted", [True, False] if FULL else [True])


@mounted
def test_sqlite_on_a_disk_that_fills_up_beside_its_log(mounted, worker_id):
    where = services.run_directory() / f"small-{worker_id}"
    with small_disk(where, size(16, 64) if mounted else 0) as disk:
        database = f"sqlite:///{databases.copy_to(where)}"
        app = site.make(database_url=database)
        token, group = prepare(app)
        server = site.Gunicorn(database_url=database, log=where / "log", log_level="INFO")
        fill, free = (disk.fill, disk.free) if disk else _limit(server)
        try:
            _survives(server, token, group, app, fill, free)
        finally:
            server.stop()
            site.dispose(app)


@mounted
def test_postgresql_on_a_disk_that_fills_up(mounted, worker_id):
    where = services.run_directory() / f"small-postgresql-{worker_id}"
    with small_disk(where, 40 if mounted else 0) as disk, _database(f"small_{worker_id}", where if disk else None) as url:
        app = site.make(database_url=url)
        token, group = prepare(app)
        server = site.Gunicorn(database_url=url)
        fill, free = (disk.fill, disk.free) if disk else (lambda: _refuse(url), lambda: _take(url))
        try:
            _survives(server, token, group, app, fill, free)
        finally:
            server.stop()
            site.dispose(app)


def _survives(server: site.Gunicorn, token: str, group: str, app, fill: Switch, free: Switch) -> None:
    with Writers(Target(server.port, token, group)) as writers:
        for _ in range(size(1, 5)):
            writers.more(size(20, 300))
            fill()
            writers.more(20, outcome="unavailable")
            with browserless() as http:
                assert http.get(server.url("acme", "/sign-in")).status_code == 200, "reading goes on"
            free()
            writers.more(size(20, 300))
    assert writers.unanswered == 0
    writers.check(app)


def _limit(server: site.Gunicorn) -> tuple[Switch, Switch]:
    """No file of the workers may grow beyond a megabyte, which their figures' files have from the beginning."""

    def limit(most: int) -> None:
        for pid in server.workers:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    return lambda: limit(1_114_112), lambda: limit(resource.RLIM_INFINITY)


@contextmanager
def _database(name: str, where: Path | None) -> Iterator[str]:
    """A migrated database called `name`, whose files lie in `where`."""
    template = databases.template("postgresql")
    with psycopg.connect(services.postgresql_url("postgres"), autocommit=True) as admin:
        place = ""
        if where:
            (where / "files").mkdir()
            shutil.chown(where / "files", *([unprivileged()] * 2 if unprivileged() != "-" else [None, None]))
            admin.execute(f"CREATE TABLESPACE {name} LOCATION '{where / 'files'}'")
            place = f"TABLESPACE {name}"
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} {place}")
        try:
            yield services.postgresql_url(name)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            if where:
                admin.execute(f"DROP TABLESPACE {name}")


def _refuse(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        connection.execute("CREATE TRIGGER full_disk BEFORE INSERT ON provisioning_events EXECUTE FUNCTION full_disk()")


def _take(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP FUNCTION full_disk CASCADE")
