"""SQLite's turn to write is free before its log is on disk; nobody is answered before that."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url

from portal.extensions import db, prepare_sqlite
from portal.models import Member
from tests import factories
from tests.support import databases, services, site
from tests.support.processes import until

to_disk = os.fdatasync
FULL = 2


@pytest.fixture
def app(worker_id: str) -> Iterator[Flask]:
    """A portal in a file of its own, with a workspace whose SCIM is on."""
    where = services.run_directory() / f"log-{worker_id}"
    where.mkdir(exist_ok=True)
    made = site.make(database_url=f"sqlite:///{databases.copy_to(where)}")
    factories.make_cast(made)
    factories.enable_scim(made, "acme")
    yield made
    site.dispose(made)


@pytest.fixture
def bearer(app: Flask) -> dict[str, str]:
    """A token whose first use is noted already, which takes a transaction of its own."""
    made = {"Authorization": f"Bearer {factories.make_token(app, 'acme')}"}
    assert create(app, made, "first") == 201
    return made


def create(app: Flask, bearer: dict[str, str], name: str) -> int:
    answer = site.client(app, "acme").post("/scim/v2/Users", json={"userName": name}, headers=bearer)
    assert answer.status_code == 201 or answer.headers["Retry-After"].isdecimal()
    return answer.status_code


def is_there(app: Flask, name: str) -> bool:
    with app.app_context():
        return db.session.query(Member).filter_by(user_name=name).count() == 1


def log_of(app: Flask) -> Path:
    return Path(f"{make_url(app.config['SETTINGS'].database_url).database}-wal")


def test_whatever_is_in_the_log_when_a_write_is_answered_is_on_disk(app, bearer, monkeypatch):
    synced: list[tuple[int, int]] = []

    def watched(file: int) -> None:
        state = os.fstat(file)
        to_disk(file)
        synced.append((state.st_ino, state.st_mtime_ns))

    monkeypatch.setattr(os, "fdatasync", watched)
    for name in ("ann", "bob"):
        before = len(synced)
        assert create(app, bearer, name) == 201
        log = log_of(app).stat()
        assert len(synced) > before
        assert synced[-1] == (log.st_ino, log.st_mtime_ns)


def test_the_next_write_need_not_wait_for_the_disk_but_every_answer_does(app, bearer, monkeypatch):
    done, answers = threading.Event(), {}

    def slow(file: int) -> None:
        assert done.wait(20)
        to_disk(file)

    monkeypatch.setattr(os, "fdatasync", slow)
    both = [threading.Thread(target=lambda name=name: answers.update({name: create(app, bearer, name)})) for name in ("ann", "bob")]
    try:
        for each in both:
            each.start()
        until(lambda: is_there(app, "ann") and is_there(app, "bob"))
        assert answers == {}
    finally:
        done.set()
        for each in both:
            each.join()
    assert answers == {"ann": 201, "bob": 201}


def test_a_disk_that_does_not_take_the_log_answers_nobody_with_success(app, bearer, monkeypatch):
    def broken(_file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fdatasync", broken)
    assert create(app, bearer, "ann") == 503
    monkeypatch.setattr(os, "fdatasync", to_disk)
    assert create(app, bearer, "bob") == 201


def test_a_database_without_such_a_log_is_synced_by_sqlite_itself():
    engine = create_engine("sqlite://")
    prepare_sqlite(engine, {})
    cursor = engine.raw_connection().cursor()
    assert cursor.execute("PRAGMA journal_mode").fetchone() == ("memory",)
    assert cursor.execute("PRAGMA synchronous").fetchone() == (FULL,)
