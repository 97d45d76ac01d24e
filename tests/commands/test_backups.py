"""`portal backup` and `portal restore`: what comes back is what was there, and a file that is not whole never gets in."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.models import AuditEntry, Member
from tests import factories
from tests.faults.load import Target, Writers, prepare
from tests.support import databases, services, site


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "portal.backup"


@pytest.fixture
def elsewhere(database, worker_id) -> str:
    """The URL of another database of the same kind, without a table."""
    kind = database.partition(":")[0]
    databases.drop(kind, f"elsewhere_{worker_id}")
    return databases.create_unmigrated(kind, f"elsewhere_{worker_id}")


@pytest.fixture
def stop(applications, live_servers) -> Callable[[], None]:
    """Closes what portals of this run, also of earlier tests, hold open of their databases, as stopping them would."""

    def all_of_them() -> None:
        for app in [*applications.values(), *(server.app for server in live_servers.values())]:
            site.dispose(app)

    return all_of_them


def test_a_backup_taken_during_writes_comes_back_whole(portal, portal_on, live, file, elsewhere):
    token, group = prepare(live.app)
    with Writers(Target(live.port, token, group), threads=2) as writers:
        writers.more(20)
        before = {promise.id for promise in writers.promises if promise.id}
        said = portal("backup", str(file))
        writers.more(10)
    assert f"{file}: {file.stat().st_size} bytes, verified" in said
    assert (file.stat().st_mode & 0o777, list(file.parent.glob("*.partial*"))) == (0o600, [])
    assert file.with_name("portal.backup.sha256").read_text() == f"{hashlib.sha256(file.read_bytes()).hexdigest()}  portal.backup\n"
    there = portal_on(elsewhere)
    assert "Run portal db upgrade" in there("restore", str(file))
    there("db", "upgrade")
    assert "wrong" not in there("doctor", "--deep")
    app = site.make(database_url=elsewhere)
    assert before <= _people(app)
    site.dispose(app)


def test_restore_brings_back_what_was_deleted_and_refuses_to_do_so_unasked(portal, app, cast, file, stop):
    portal("backup", str(file))
    with factories.inside(app, "acme") as ctx:
        ctx.workspace.name = "Changed"
    stop()
    assert "Add --replace" in portal("restore", str(file), ok=False)
    assert "name: Changed" in portal("workspace", "show", "acme")
    portal("restore", str(file), "--replace")
    assert "name: Acme" in portal("workspace", "show", "acme")
    assert "wrong" not in portal("doctor", "--deep")
    with factories.inside(app, "acme") as ctx:
        with pytest.raises(IntegrityError, match="only ever added to"):
            ctx.session.execute(update(AuditEntry).values(action="nothing"))
        ctx.session.rollback()
    assert "exists already" in portal("backup", str(file), ok=False)


def test_restore_leaves_a_database_alone_that_a_portal_serves_from(portal, app, cast, file):
    portal("backup", str(file))
    with factories.inside(app, "acme") as ctx:
        ctx.workspace.name = "Changed"
    # The portal keeps its connections open between requests.
    said = portal("restore", str(file), "--replace", ok=False)
    assert "The database is open elsewhere: " in said
    assert "Stop the portal on every machine" in said
    assert "name: Changed" in portal("workspace", "show", "acme")
    portal("restore", str(file), "--replace", "--in-use")
    assert "name: Acme" in portal("workspace", "show", "acme")


def test_a_damaged_file_changes_nothing(portal, app, cast, file, stop):
    portal("backup", str(file))
    stop()
    whole, beside = file.read_bytes(), file.with_name("portal.backup.sha256")
    at = whole.index(b"ada@acme.example") if b"ada@acme.example" in whole else len(whole) * 2 // 3
    for damaged in (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[: len(whole) // 2]):
        file.write_bytes(damaged)
        assert "is damaged" in portal("restore", str(file), "--replace", ok=False)
    beside.unlink()
    assert "is damaged" in portal("restore", str(file), "--replace", ok=False), "half of it is missing"
    file.write_bytes(b"what somebody else wrote")
    assert "is not a backup of" in portal("restore", str(file), "--replace", ok=False)
    assert "name: Acme" in portal("workspace", "show", "acme")
    file.write_bytes(whole)
    assert "is not there, so only the file's structure was checked" in portal("restore", str(file), "--replace", whole=True)


def test_a_backup_of_the_other_kind_or_of_a_newer_portal_or_of_none(portal_on, file):
    ours, other = databases.create("sqlite", "ours"), services.postgresql_url("postgres")
    portal_on(ours)("backup", str(file))
    assert "is a backup of SQLite, but PORTAL_DATABASE_URL names a PostgreSQL" in portal_on(other)("restore", str(file), ok=False)
    newer = file.with_name("newer")
    for statement, reason in (
        ("UPDATE alembic_version SET version_num = 'later'", "is of schema later, which this portal does not know: install a newer one"),
        ("DROP TABLE alembic_version", "holds no portal's data"),
    ):
        newer.write_bytes(file.read_bytes())
        with closing(sqlite3.connect(newer)) as connection:
            connection.executescript(f"{statement}; PRAGMA journal_mode=DELETE")
        assert reason in portal_on(ours)("restore", str(newer), "--replace", ok=False)
    assert "There is no directory" in portal_on(ours)("backup", "/nowhere/x", ok=False)


def test_missing_programs_and_a_missing_database_are_named(portal_on, file, monkeypatch):
    url = databases.create("postgresql", "programs")
    monkeypatch.setenv("PATH", "/nowhere")
    assert "pg_dump is not installed: it comes with PostgreSQL's client programs" in portal_on(url)("backup", str(file), ok=False)
    assert not file.exists()
    monkeypatch.undo()
    away = portal_on("postgresql://portal@127.0.0.1:9/portal")
    assert "The database does not answer: connection" in away("workspace", "list", ok=False)
    assert "pg_dump failed" in away("backup", str(file), ok=False)
    assert os.listdir(file.parent) == []  # noqa: PTH208 - hidden files, too
    assert "Run portal db upgrade" in portal_on(databases.create_unmigrated("sqlite", "bare"))("workspace", "list", ok=False)


def _people(app) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(Member.id)))
