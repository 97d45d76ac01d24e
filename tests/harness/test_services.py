"""The parts that other tests stand on are real and do what they say."""

import sqlite3
from contextlib import closing

import httpx
import psycopg
import pytest
import redis

from portal.domain import members
from portal.extensions import db
from portal.models import Workspace
from tests import factories
from tests.support import databases
from tests.support.browser import violations
from tests.support.http import browserless
from tests.support.simplesamlphp import PASSWORD


def test_database_is_migrated_and_empty_and_of_the_kind_asked_for(app, request):
    with app.app_context():
        assert db.engine.dialect.name == request.node.callspec.params["database"]
        assert db.session.query(Workspace).count() == 0


def test_cast_lives_in_two_workspaces(app, cast):
    with factories.inside(app, "acme") as ctx:
        assert members.get(ctx, cast.grace.id).user_name == "grace@acme.example"
        assert ctx.workspace.seats == 10
    assert cast.hank.workspace == "globex"


def test_rows_do_not_stay_for_the_next_test(cast, database):
    assert _count(database) == 5
    databases.empty(database)
    assert _count(database) == 0


def test_redis_is_real(redis_url):
    client = redis.Redis.from_url(redis_url)
    client.set("harness", "1")
    assert client.get("harness") == b"1"
    client.close()


def test_live_portal_answers_at_its_own_host(live):
    with browserless() as http:
        assert http.get(live.url(path="/healthz")).status_code == 200
        assert http.get(live.url("nobody", "/")).status_code == 404


def test_gunicorn_answers(gunicorn):
    server = gunicorn(workers=1)
    with browserless() as http:
        assert http.get(server.url(path="/healthz")).status_code == 200
    server.kill()
    with pytest.raises(httpx.TransportError), browserless() as http:
        http.get(server.url(path="/healthz"))


def test_chromium_reaches_localhost_names_and_axe_sees_faults(page, simplesamlphp):
    page.goto(simplesamlphp.base_url + "/module.php/core/login/accounts")
    page.set_content("<html lang=en><title>A</title><main><h1>A</h1><img src='data:,'></main>")
    assert any(line.startswith("image-alt") for line in violations(page))


def test_simplesamlphp_signs_people_in(page, simplesamlphp):
    simplesamlphp.account("ada", email="ada@acme.example", firstName="Ada")
    simplesamlphp.trust("urn:test:sp", "http://127.0.0.1:9/acs")
    page.goto(f"{simplesamlphp.sso_url}?spentityid=urn:test:sp")
    page.fill("input[name=username]", "ada")
    page.fill("input[name=password]", PASSWORD)
    with page.expect_request("http://127.0.0.1:9/acs") as sent:
        page.click("button[type=submit], input[type=submit]")
    assert "SAMLResponse=" in (sent.value.post_data or "")


def _count(url: str) -> int:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return connection.execute("SELECT count(*) FROM members").fetchone()[0]
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM members").fetchone()[0]
