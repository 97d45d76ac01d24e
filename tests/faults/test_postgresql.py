"""PostgreSQL crashes and comes back, or a stand-by takes its place, in the middle of a load of writes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.faults.load import Target, Writers, prepare, size
from tests.support import databases, parts, services, site
from tests.support.http import browserless
from tests.support.processes import Program, unprivileged, until


@dataclass
class Cluster:
    """A PostgreSQL of its own that keeps what it promised when it is killed."""

    directory: Path
    program: Program

    def url(self, name: str = "portal") -> str:
        """Of a database in it."""
        return services.postgresql_url_in(self.directory, name)

    def crash(self) -> None:
        """Stops it as `pg_ctl stop -m immediate` does: no checkpoint, every connection cut."""
        postmaster = int((self.directory / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGQUIT)
        self.program.wait_for_end()

    def start(self) -> None:
        """Starts it again; it recovers by itself."""
        self.program, _ = services.start_postgresql(self.directory, synchronous_commit="on")


@pytest.fixture
def cluster(worker_id: str) -> Iterator[Cluster]:
    """A cluster with the migrated database `portal`."""
    directory = services.run_directory() / f"primary-{worker_id}"
    directory.mkdir()
    program, _ = services.start_postgresql(directory, synchronous_commit="on")
    made = Cluster(directory, program)
    try:
        with psycopg.connect(made.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE portal")
        databases.migrate(made.url())
        yield made
    finally:
        made.program.stop()
        shutil.rmtree(made.directory)


def test_a_crash_of_the_database_loses_nothing_and_is_answered_with_503(cluster):
    app = site.make(database_url=cluster.url())
    token, group = prepare(app)
    server = site.Gunicorn(database_url=cluster.url())
    try:
        crashes = size(1, 5)
        with Writers(Target(server.port, token, group), in_doubt=4 * crashes) as writers, browserless() as http:
            for _ in range(crashes):
                writers.more(size(20, 300))
                cluster.crash()
                writers.more(20, outcome="unavailable")
                page = http.get(server.url("acme", "/sign-in"))
                assert (page.status_code, "cannot reach its database" in page.text) == (503, True)
                assert http.get(server.url(path="/readyz")).json()["status"] == "database"
                cluster.start()
                writers.more(size(20, 300))
                assert http.get(server.url(path="/readyz")).status_code == 200
        assert writers.unanswered == 0
        site.dispose(app)
        writers.check(app)
    finally:
        server.stop()
        site.dispose(app)


def test_a_standby_takes_over(cluster):
    standby = _standby(cluster)
    hosts = f"{cluster.directory},{standby.directory}"
    url = f"postgresql://portal@/portal?host={hosts}&target_session_attrs=read-write"
    app = site.make(database_url=url)
    token, group = prepare(app)
    site.dispose(app)
    server = site.Gunicorn(database_url=url)
    try:
        with Writers(Target(server.port, token, group), in_doubt=4) as writers:
            writers.more(size(20, 300))
            cluster.program.kill()
            with psycopg.connect(standby.url(), autocommit=True) as connection:
                connection.execute("SELECT pg_promote()")
            writers.more(size(30, 300))
        assert writers.unanswered == 0
        writers.check(app)
    finally:
        server.stop()
        site.dispose(app)
        standby.program.stop()
        shutil.rmtree(standby.directory)


def _standby(primary: Cluster) -> Cluster:
    """A stand-by that has each transaction before it is acknowledged."""
    directory = primary.directory.with_name(f"{primary.directory.name}-standby")
    directory.mkdir()
    if unprivileged() != "-":
        shutil.chown(directory, unprivileged())
    _copy(primary.directory, directory / "data")
    program, _ = services.start_postgresql(directory, synchronous_commit="on")
    with psycopg.connect(primary.url(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")
        until(
            lambda: connection.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone(), 30, "a stand-by in step"
        )
    return Cluster(directory, program)


def _copy(sockets: Path, data: Path) -> None:
    account = None if unprivileged() == "-" else unprivileged()
    program = (parts.need(parts.postgresql) / "initdb").resolve().with_name("pg_basebackup")
    options = ["--username=portal", "--write-recovery-conf", "--checkpoint=fast", "--no-sync", f"--host={sockets}", f"--pgdata={data}"]
    subprocess.run([program, *options], check=True, cwd="/", user=account, group=account, extra_groups=[] if account else None)
