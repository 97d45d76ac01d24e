"""A database that is away is a 503 that tells to come again; a mistake of ours stays a 500, so that it is seen."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from portal import extensions
from portal.extensions import db
from portal.turns import Turn
from portal.web.outages import is_outage
from tests import factories
from tests.support import databases, site

MISTAKES = ("SELEC 1", "SELECT * FROM nowhere", "SELECT nothing FROM members", "INSERT INTO setup_milestones (step) VALUES ('x')")


def _failure(connection, *statements: str) -> SQLAlchemyError:
    *before, last = statements
    for statement in before:
        connection.execute(text(statement))
    with pytest.raises(SQLAlchemyError) as failed:
        connection.execute(text(last))
    connection.rollback()
    return failed.value


def test_our_own_mistakes_are_no_outage(app):
    with app.app_context(), db.engine.connect() as connection:
        for statement in MISTAKES:
            assert not is_outage(_failure(connection, statement)), statement
        if connection.dialect.name == "postgresql":
            assert not is_outage(_failure(connection, "SELECT 1/0"))


def test_what_passes_is_an_outage(database):
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"), pool_size=1, max_overflow=0, pool_timeout=0.01)
    with engine.connect() as connection:
        with pytest.raises(SQLAlchemyError) as none_left:
            engine.connect()
        assert is_outage(none_left.value)
        if engine.dialect.name == "postgresql":
            assert is_outage(_failure(connection, "SET TRANSACTION READ ONLY", "DELETE FROM members"))
            assert is_outage(_failure(connection, "SET LOCAL statement_timeout = 1", "SELECT pg_sleep(1)"))
            assert is_outage(_failure(connection, "SELECT pg_terminate_backend(pg_backend_pid())"))
        else:
            other = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            assert is_outage(_failure(connection, "PRAGMA busy_timeout = 0", "DELETE FROM members"))
            other.close()
            assert is_outage(_failure(connection, "PRAGMA query_only = 1", "DELETE FROM members"))
    engine.dispose()


AWAY = {"sqlite": "sqlite:////nowhere/portal.sqlite3", "postgresql": "postgresql://portal@/portal?host=/nowhere"}


@pytest.mark.parametrize("kind", AWAY)
def test_without_a_database_every_boundary_answers_503_in_its_own_words(kind):
    app = site.make(database_url=AWAY[kind], profile="travelbank")
    acme, bare = site.client(app, "acme"), site.client(app)
    for path, media in (("/scim/v2/Users", "application/scim+json"), ("/scim/v1/Users", "application/json")):
        answer = acme.get(path, headers={"Authorization": "Bearer x"})
        assert (answer.status_code, answer.content_type) == (503, media)
        assert int(answer.headers["Retry-After"]) > 0
        assert "database" in answer.text
    page = acme.get("/sign-in")
    assert (page.status_code, page.content_type) == (503, "text/html; charset=utf-8")
    assert "cannot reach its database" in page.text
    assert page.headers["X-Request-Id"] in page.text
    token = bare.post("/oauth2/token", data={"grant_type": "refresh_token", "refresh_token": "x", "client_id": "x", "client_secret": "x"})
    assert (token.status_code, token.get_json()["error"]) == (503, "temporarily_unavailable")
    ready = bare.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (503, "database")
    assert bare.get("/healthz").status_code == 200
    site.dispose(app)


@pytest.mark.parametrize("kind", AWAY)
def test_a_schema_that_is_missing_or_old_is_not_ready_and_no_outage(kind):
    url = databases.create_unmigrated(kind, "unmigrated")
    app = site.make(database_url=url, log_level="CRITICAL")
    answer = site.client(app).get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "schema")
    assert "portal db upgrade" in answer.get_json()["what_to_do"]
    assert site.client(app, "acme").get("/scim/v2/Users").status_code == 500
    site.dispose(app)


def test_a_slow_statement_is_logged_without_its_parameters(make_app, capfd):
    app = make_app(slow_query_ms=1)
    with app.app_context():
        count = text("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x < :most) SELECT max(x) FROM n")
        db.session.execute(count, {"most": 54321})
        db.session.remove()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "slow-query" in line]
    assert [line["event"] for line in lines if "RECURSIVE" in line["statement"]] == ["slow-query"]
    assert "54321" not in json.dumps(lines)


def test_a_writer_of_sqlite_waits_its_turn_and_gives_up_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(extensions, "_BUSY", 50)
    path = databases.copy_to(tmp_path)
    app = site.make(database_url=f"sqlite:///{path}")
    factories.make_cast(app)
    factories.enable_scim(app, "acme")
    bearer = {"Authorization": f"Bearer {factories.make_token(app, 'acme')}"}
    client, stranger, peer = site.client(app, "acme"), sqlite3.connect(path, isolation_level=None), Turn(str(path))

    def create() -> Any:
        return client.post("/scim/v2/Users", json={"userName": "ann"}, headers=bearer)

    stranger.execute("BEGIN IMMEDIATE")
    away = create()
    stranger.rollback()
    stranger.close()
    assert (away.status_code, away.headers["Retry-After"].isdigit()) == (503, True)
    monkeypatch.setattr(extensions, "_WRITER_WAIT", 0.05)
    assert peer.take(1)
    assert create().status_code == 503
    monkeypatch.setattr(extensions, "_WRITER_WAIT", 10)
    waiting = threading.Timer(0.05, peer.leave)
    waiting.start()
    assert create().status_code == 201
    waiting.join()
    site.dispose(app)
