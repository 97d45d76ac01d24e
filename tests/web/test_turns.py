"""Turns to write to SQLite: between threads and processes, with none that overtakes twice, kept until the commit is done."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
import time

from portal.extensions import db
from portal.models import Workspace
from portal.turns import Turn
from tests import factories
from tests.support import databases, site

HOLD = "import sys, time; from portal.turns import Turn; Turn(sys.argv[1]).take(5); print('mine', flush=True); time.sleep(60)"


def until(what) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def is_locked(path: str) -> bool:
    """Whether somebody has the lock; two descriptors of one process are to it as two processes."""
    file = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def test_who_had_it_stands_behind_who_waits(tmp_path):
    path, order = str(tmp_path / "portal.sqlite3"), []
    here, there = Turn(path), Turn(path)
    assert here.take(1)

    def wait() -> None:
        assert there.take(10)
        order.append("there")
        there.leave()

    other = threading.Thread(target=wait)
    other.start()
    until(lambda: is_locked(f"{path}-queue"))
    here.leave()
    assert here.take(10)
    order.append("here")
    here.leave()
    other.join()
    assert order == ["there", "here"]


def test_it_is_given_up_in_time_and_can_be_had_later(tmp_path):
    path = str(tmp_path / "portal.sqlite3")
    here, there = Turn(path), Turn(path)
    assert here.take(1)
    assert (here.take(0.01), there.take(0.01)) == (False, False)
    here.leave()
    assert there.take(1)
    assert not here.take(0.01)
    there.leave()
    assert here.take(1)
    here.leave()


def test_a_process_that_dies_leaves_it(tmp_path):
    path = str(tmp_path / "portal.sqlite3")
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "mine\n"
        assert not Turn(path).take(0.01)
        holder.kill()
    assert Turn(path).take(5)


def test_where_no_file_can_be_made_threads_still_take_turns(tmp_path):
    here = Turn(str(tmp_path / "missing" / "portal.sqlite3"))
    assert here.take(1)
    assert not here.take(0.01)
    here.leave()
    assert here.take(1)


def test_it_is_left_once_the_commit_is_done(tmp_path, monkeypatch):
    path, seen = databases.copy_to(tmp_path), []
    app = site.make(database_url=f"sqlite:///{path}")
    leave = Turn.leave

    def look_first(self) -> None:
        with sqlite3.connect(path) as other:
            seen.append(other.execute("SELECT name FROM workspaces WHERE slug = 'acme'").fetchone()[0])
        leave(self)

    with app.app_context():
        factories.make_cast(app)
        monkeypatch.setattr(Turn, "leave", look_first)
        acme = db.session.query(Workspace).filter_by(slug="acme").one()
        acme.name = "First"
        db.session.commit()
        acme.name = "Second"
        db.session.flush()
        db.session.rollback()
    assert seen == ["First", "First"]
    site.dispose(app)
