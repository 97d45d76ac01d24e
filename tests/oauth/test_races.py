"""Many at once, over real sockets: a code gives one pair of tokens, a refresh token never gives one that fails."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from portal.domain import opening as domain
from portal.extensions import db
from portal.models import Consent, Token
from portal.web.tenancy import now
from tests.oauth import flow
from tests.pages import PageClient
from tests.support.at_once import at_once


@pytest.fixture
def at_live(live) -> Callable[..., PageClient]:
    return lambda _subdomain, person: flow.signed_in(live.app, person)


def call(live, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """One token request on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", live.port, timeout=60)
    headers = {"Host": f"app.portal.localhost:{live.port}", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/oauth2/token", urlencode(data), headers)
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status, body


def issued_of(app, kind: str) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Token).where(Token.kind == kind)) or 0


def test_parallel_refreshes_all_get_tokens_that_work(live, at_live, cast):
    client = flow.catalog(live.app)
    first = flow.tokens(live.app, at_live, cast.ada, client)
    data = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **client.credentials}
    answers = at_once(40, lambda _: call(live, data))
    assert Counter(status for status, _ in answers) == {200: 40}
    with live.app.app_context():
        for _, body in answers:
            assert domain.open_with(db.session(), body["access_token"], now(), None).workspace.slug == "acme"
        rotated = db.session.scalar(select(func.count()).select_from(Token).where(Token.rotated_at.is_not(None)))
        assert rotated == 1
    assert len({body["refresh_token"] for _, body in answers}) == 40


def test_reuse_after_grace_in_parallel_ends_the_grant_once(live, at_live, cast):
    client = flow.catalog(live.app)
    first = flow.tokens(live.app, at_live, cast.ada, client)
    assert flow.refresh(live.app, client, first["refresh_token"]).status_code == 200
    flow.age(live.app, "tokens", "rotated_at", seconds=61)
    data = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **client.credentials}
    assert Counter(status for status, _ in at_once(40, lambda _: call(live, data))) == {400: 40}
    assert issued_of(live.app, "access") == 2
    assert "presented again" in at_live("acme", cast.ada).open("/connected-apps").text


def test_two_authorizations_at_once_end_what_each_page_said_and_nothing_else(live, at_live, cast):
    client = flow.catalog(live.app)
    first = flow.tokens(live.app, at_live, cast.ada, client)
    codes = []
    for person in (cast.ada, cast.grace):
        pages = at_live("acme", person).open(flow.begin(live.app, client))
        pages.submit("Authorize", {flow.ends(pages)[0]: True}, status=303)
        codes.append(flow.returned(pages.response)["code"])
    base = {"grant_type": "authorization_code", "redirect_uri": client.callback, **client.credentials}
    answers = at_once(2, lambda number: call(live, {**base, "code": codes[number]}))
    assert [status for status, _ in answers] == [200, 200]
    assert flow.refresh(live.app, client, first["refresh_token"]).status_code == 400
    with live.app.app_context():
        assert {left.member_id for left in db.session.scalars(select(Consent).where(Consent.revoked_at.is_(None)))} == {
            cast.ada.id,
            cast.grace.id,
        }


def test_disconnecting_while_okta_refreshes_leaves_nothing_open(live, at_live, cast):
    client = flow.catalog(live.app)
    first = flow.tokens(live.app, at_live, cast.ada, client)
    pages = at_live("acme", cast.ada).open("/connected-apps").follow("Disconnect Okta")
    data = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **client.credentials}

    def act(number: int) -> tuple[int, dict[str, Any]]:
        return (0, {}) if number == 0 and pages.submit("Disconnect") else call(live, data)

    answers = at_once(12, act)
    assert {status for status, _ in answers} <= {0, 200, 400}
    with live.app.app_context():
        for _, body in answers:
            if "access_token" in body:
                with pytest.raises(domain.BadToken):
                    domain.open_with(db.session(), body["access_token"], now(), None)


def test_answers_to_one_request_from_two_windows_make_one_consent(live, at_live, cast):
    client = flow.catalog(live.app)
    path = flow.begin(live.app, client)
    windows = [at_live("acme", cast.ada).open(path) for _ in range(6)]

    def act(number: int) -> str:
        windows[number].submit("Authorize", status=303)
        return flow.returned(windows[number].response)["code"]

    codes = at_once(6, act)
    good = [code for code in codes if flow.redeem(live.app, client, code).status_code == 200]
    assert len(good) == 1
    with live.app.app_context():
        assert len(db.session.scalars(select(Consent)).all()) == 1
