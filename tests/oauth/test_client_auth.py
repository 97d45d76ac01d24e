"""Clients that prove who they are at the token endpoint, and guesses at their secrets."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from tests.oauth import flow
from tests.support import site


def basic(client_id: str, secret: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


def test_secret_by_header(app, at, cast):
    client = flow.catalog(app)
    data = {"grant_type": "authorization_code", "code": flow.code(app, at, cast.ada, client), "redirect_uri": client.callback}
    response = flow.post(app, "/oauth2/token", data, headers=basic(client.client_id, client.secret))
    assert response.status_code == 200
    # With the client id in the body besides, as requests-oauthlib sends it.
    again = {"grant_type": "refresh_token", "refresh_token": response.get_json()["refresh_token"], "client_id": client.client_id}
    assert flow.post(app, "/oauth2/token", again, headers=basic(client.client_id, client.secret)).status_code == 200


@pytest.mark.parametrize("scheme", ["basic", "Basic", "BASIC"])
def test_scheme_in_any_letter_case(app, scheme):
    client = flow.catalog(app)
    headers = {"Authorization": basic(client.client_id, client.secret)["Authorization"].replace("Basic", scheme)}
    flow.refused(flow.post(app, "/oauth2/token", {"grant_type": "refresh_token", "refresh_token": "x"}, headers=headers), "invalid_grant")


def test_wrong_clients_are_refused_in_the_same_words(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    code = flow.code(app, at, cast.ada, client)
    data = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.callback}
    bodies = set()
    for wrong in (
        {},
        {"client_id": client.client_id},
        {"client_id": client.client_id, "client_secret": ""},
        {"client_id": client.client_id, "client_secret": client.secret + "x"},
        {"client_id": client.client_id, "client_secret": client.secret.upper()},
        {"client_id": client.client_id, "client_secret": other.secret},
        {"client_id": "unknown", "client_secret": client.secret},
        {"client_id": "a\0b", "client_secret": "a\0b"},
        {"client_secret": client.secret},
    ):
        response = flow.post(app, "/oauth2/token", {**data, **wrong})
        flow.refused(response, "invalid_client", 401)
        bodies.add(response.data)
    for header in (
        basic(client.client_id, "x"),
        basic("unknown", client.secret),
        basic("", ""),
        {"Authorization": "Basic"},
        {"Authorization": "Basic "},
        {"Authorization": "Basic !!!"},
        {"Authorization": "basic /////w=="},
        {"Authorization": "Basic " + base64.b64encode(b"no-colon").decode()},
        {"Authorization": f"Bearer {client.secret}"},
        {"Authorization": "Basic é"},
    ):
        response = flow.post(app, "/oauth2/token", data, headers=header)
        flow.refused(response, "invalid_client", 401)
        bodies.add(response.data)
    assert len(bodies) == 1
    assert flow.redeem(app, client, code).status_code == 200


def test_two_ways_of_authentication_at_once_are_refused(app):
    client = flow.catalog(app)
    headers = basic(client.client_id, client.secret)
    data = {"grant_type": "refresh_token", "refresh_token": "x"}
    flow.refused(flow.post(app, "/oauth2/token", {**data, **client.credentials}, headers=headers), "invalid_request")
    flow.refused(flow.post(app, "/oauth2/token", {**data, "client_id": "other"}, headers=headers), "invalid_request")


def test_credentials_in_the_address_do_not_count(app):
    client = flow.catalog(app)
    response = site.client(app, "app").post(
        "/oauth2/token", query_string=client.credentials, data={"grant_type": "refresh_token", "refresh_token": "x"}
    )
    flow.refused(response, "invalid_client", 401)


def test_the_body_may_be_json(app, at, cast):
    client = flow.catalog(app)
    data = {"grant_type": "authorization_code", "code": flow.code(app, at, cast.ada, client), "redirect_uri": client.callback}
    response = flow.post(app, "/oauth2/token", json={**data, **client.credentials, "code_verifier": None})
    assert response.status_code == 200
    issued = response.get_json()
    headers = basic(client.client_id, client.secret)
    again = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"], "scope": "scim:users:read"}
    assert flow.post(app, "/oauth2/token", json=again, headers=headers).get_json()["scope"] == "scim:users:read"
    asked = {**client.credentials, "token": issued["access_token"]}
    assert flow.post(app, "/oauth2/introspect", json=asked).get_json()["active"] is True
    assert flow.post(app, "/oauth2/revoke", json=asked).status_code == 200
    assert flow.post(app, "/oauth2/introspect", json=asked).get_json() == {"active": False}
    flow.refused(flow.post(app, "/oauth2/token", json={**again, **client.credentials, "client_secret": "x"}), "invalid_client", 401)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000),
        *(b'{"client_id": 1}', b'{"client_id": {"a": "b"}}', b'{"client_id": "\\ud800"}', b'{"client_id": "\\u0000"}'),
        b'{"client_id": "a", "client_id": "a"}',
    ],
)
def test_json_that_cannot_be_read_is_refused(app, body):
    flow.refused(flow.post(app, "/oauth2/token", body, content_type="application/json"), "invalid_request")


def test_guessing_a_clients_secret_is_slowed_down(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    statuses = [flow.refresh(app, client, "x", client_secret=f"guess {n}").status_code for n in range(31)]
    assert statuses == [401] * 30 + [429]
    limited = flow.refresh(app, client, "x")
    flow.refused(limited, "temporarily_unavailable", 429)
    assert 1 <= int(limited.headers["Retry-After"]) <= 61
    guess = {"grant_type": "refresh_token", "refresh_token": "x", **client.credentials, "client_secret": "guess"}
    flow.refused(flow.post(app, "/oauth2/token", json=guess), "temporarily_unavailable", 429)
    # Others at the same address are not held up by it.
    flow.refused(flow.refresh(app, other, "x"), "invalid_grant")


def test_answers_that_are_no_failures_are_not_counted(app):
    client = flow.catalog(app)
    assert {flow.refresh(app, client, "x").status_code for _ in range(40)} == {400}
