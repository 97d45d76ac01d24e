"""PgBouncer in transaction mode between the portal and PostgreSQL: three connections there for all of the workers' here."""

from __future__ import annotations

import shutil

import psycopg
import pytest

from tests.faults.load import Target, Writers, prepare
from tests.support import databases, parts, services, site
from tests.support.processes import Program, free_port, listens, unprivileged


@pytest.fixture
def pooled(worker_id):
    """The URL of a database behind PgBouncer, and the one that goes straight to it."""
    name = f"pooled_{worker_id}"
    databases.drop("postgresql", name)
    straight = databases.create("postgresql", name)
    directory, port = services.run_directory() / name, free_port()
    directory.mkdir()
    (directory / "users").write_text('"portal" ""\n')
    (directory / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={services.postgresql()}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {directory / 'users'}\npool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 100\n"
    )
    if unprivileged() != "-":
        for path in (directory, *directory.iterdir()):
            shutil.chown(path, unprivileged())
    program = Program([parts.need(parts.pgbouncer), directory / "pgbouncer.ini"], directory / "log", user=unprivileged())
    program.wait_until(lambda: listens(port))
    yield f"postgresql://portal@127.0.0.1:{port}/{name}?prepare_threshold=none", straight
    program.stop()
    databases.drop("postgresql", name)
    shutil.rmtree(directory)


def test_a_load_of_writes_through_pgbouncer(pooled):
    url, straight = pooled
    app = site.make(database_url=straight)
    token, group = prepare(app)
    server = site.Gunicorn(database_url=url)
    with Writers(Target(server.port, token, group), threads=6) as writers:
        writers.more(60)
    server.stop()
    assert (writers.unanswered, writers.unavailable) == (0, 0)
    writers.check(app)
    with psycopg.connect(straight) as connection:
        held = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND client_port = -1"
        ).fetchone()
    assert held[0] <= 3 + 1 + 5, "PgBouncer's, this one, and the test's own"
    site.dispose(app)
