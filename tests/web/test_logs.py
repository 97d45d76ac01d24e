"""A failure of ours: the page, and a log line that names the route and never the path."""

from __future__ import annotations

import json

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from portal.domain import links
from portal.extensions import db
from portal.vault import new_secret
from tests import factories
from tests.support import site

BOUND = "a bound value"  # a name for it, so that no source line in a trace holds it


def broken(*_: object) -> None:
    raise RuntimeError("broken")


def incomplete(*_: object) -> None:
    """A row that the database refuses."""
    db.session.execute(text("INSERT INTO workspaces (id, slug) VALUES (:id, 'x')"), {"id": BOUND})


def away(*_: object) -> None:
    raise OperationalError("SELECT", {"id": BOUND}, Exception("gone"), hide_parameters=True, connection_invalidated=True)


FAILURES = {"unhandled": (broken, 500), "database-error": (incomplete, 500), "database-unavailable": (away, 503)}


@pytest.mark.parametrize("event", FAILURES)
def test_the_log_names_the_route_and_never_the_path(make_app, monkeypatch, capfd, event):
    before = structlog.get_config()
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    factories.make_workspace(app, "acme", "Acme")
    fail, status = FAILURES[event]
    monkeypatch.setattr(links, "peek", fail)
    secret = new_secret("wpl")
    answer = site.client(app, "acme").get(f"/set-password/{secret}?q=a-query")
    structlog.configure(**before)
    assert answer.status_code == status
    assert answer.headers["X-Request-Id"] in answer.text
    # “Try again” leads to the page's own address, and nowhere else.
    rest = answer.text.replace(f'href="/set-password/{secret}?q=a-query"', "")
    assert [word for word in (secret, "broken", "INSERT", BOUND) if word in rest] == []
    lines = capfd.readouterr().err.splitlines()
    [line] = [json.loads(found) for found in lines if found.startswith("{")]
    assert (line["event"], line["route"]) == (event, "/set-password/<secret>")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert [found for found in lines if any(private in found for private in (secret, "a-query", BOUND))] == []
