"""Processes die, are replaced and are told to stop in the middle of a load of writes."""

from __future__ import annotations

import os
import signal
from functools import partial

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import Member
from tests.faults.load import Target, Writers, prepare, size
from tests.support.http import browserless
from tests.support.processes import until
from tests.support.site import Gunicorn


def test_killed_workers_and_a_killed_master_lose_nothing_that_was_answered(app, gunicorn):
    token, group = prepare(app)
    server = gunicorn(workers=2)
    with Writers(Target(server.port, token, group)) as writers:
        writers.more(size(20, 200))
        for _ in range(size(2, 20)):
            os.kill(server.workers[0], signal.SIGKILL)
            writers.more(size(15, 100))
        os.kill(server.master, signal.SIGKILL)
        server.wait_for_end()
        server.kill()  # systemd, too, ends the orphans of a unit before it starts it again
        gunicorn(workers=2, port=server.port)
        writers.more(size(20, 200))
    writers.check(app)


def test_a_reload_is_not_noticed_and_a_stop_cuts_no_request_off(app, gunicorn):
    token, group = prepare(app)
    server = gunicorn(workers=2)
    with Writers(Target(server.port, token, group)) as writers:
        writers.more(size(20, 200))
        for _ in range(size(1, 5)):
            before = set(server.workers)
            os.kill(server.master, signal.SIGHUP)
            until(partial(_replaced, server, before), 60, "new workers")
            writers.more(size(15, 100))
        assert (writers.unanswered, writers.unavailable) == (0, 0)
        os.kill(server.master, signal.SIGTERM)
        server.wait_for_end()
    writers.check(app)
    assert writers.cut_off == []
    answered = {promise.id for promise in writers.promises if promise.id}
    assert _people(app) == answered, "written, but its answer was cut off"


@pytest.mark.one_database
def test_the_figures_of_all_workers_stand_in_each_scrape(app, gunicorn):
    token, group = prepare(app)
    server = gunicorn(workers=2)
    with Writers(Target(server.port, token, group)) as writers:
        writers.more(size(20, 200))
        os.kill(server.workers[0], signal.SIGKILL)
        writers.more(size(20, 200))
    with browserless() as http:
        texts = {http.get(server.url(path="/metrics"), headers={"Connection": "close"}).text for _ in range(6)}
    counted = {_sum(text, "portal_requests_total", 'route="/scim/v2/Users"', 'method="POST"', 'status="201"') for text in texts}
    made = sum(1 for promise in writers.promises if promise.id)
    # An answer that was lost with its worker was counted, or not.
    assert len(counted) == 1
    assert made <= counted.pop() <= made + writers.unanswered


def _replaced(server: Gunicorn, before: set[int]) -> bool:
    now = set(server.workers)
    return len(now) == 2 and not before & now


def _sum(text: str, name: str, *labels: str) -> int:
    lines = [line for line in text.splitlines() if line.startswith(f"{name}{{") and all(label in line for label in labels)]
    return int(sum(float(line.rpartition(" ")[2]) for line in lines))


def _people(app) -> set[str]:
    with app.app_context():
        found = set(db.session.scalars(select(Member.id).where(Member.source == "scim")))
        db.session.rollback()
    return found
