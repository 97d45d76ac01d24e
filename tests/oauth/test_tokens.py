"""The token endpoint: codes, refresh tokens, and clients that prove who they are."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote

import pytest
from sqlalchemy import select

from portal.domain import opening as domain
from portal.extensions import db
from portal.models import AuditEntry, AuthorizationCode, Consent, Token
from portal.web.tenancy import now
from tests.oauth import flow
from tests.support import site

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def opens(app, secret: str) -> bool:
    with app.app_context():
        try:
            return domain.open_with(db.session(), secret, now(), None) is not None
        except domain.BadToken:
            return False


def refused(response, error: str, status: int = 400) -> None:
    """RFC 6749 §5.2."""
    assert (response.status_code, response.mimetype) == (status, "application/json")
    body = response.get_json()
    assert body["error"] == error, body
    assert all(32 <= ord(char) < 127 and char not in '"\\' for char in body["error_description"])
    assert response.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def basic(client_id: str, secret: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


# Who calls


def test_secret_by_header(app, at, cast):
    client = flow.catalog(app)
    data = {"grant_type": "authorization_code", "code": flow.code(app, at, cast.ada, client), "redirect_uri": client.callback}
    response = flow.post(app, "/oauth2/token", data, headers=basic(client.client_id, client.secret))
    assert response.status_code == 200
    # With the client id in the body besides, as requests-oauthlib sends it.
    again = {"grant_type": "refresh_token", "refresh_token": response.get_json()["refresh_token"], "client_id": client.client_id}
    assert flow.post(app, "/oauth2/token", again, headers=basic(client.client_id, client.secret)).status_code == 200


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
        refused(response, "invalid_client", 401)
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
        refused(response, "invalid_client", 401)
        bodies.add(response.data)
    assert len(bodies) == 1
    assert flow.redeem(app, client, code).status_code == 200


def test_two_ways_of_authentication_at_once_are_refused(app):
    client = flow.catalog(app)
    headers = basic(client.client_id, client.secret)
    data = {"grant_type": "refresh_token", "refresh_token": "x"}
    refused(flow.post(app, "/oauth2/token", {**data, **client.credentials}, headers=headers), "invalid_request")
    refused(flow.post(app, "/oauth2/token", {**data, "client_id": "other"}, headers=headers), "invalid_request")


def test_credentials_in_the_address_do_not_count(app):
    client = flow.catalog(app)
    response = site.client(app, "app").post(
        "/oauth2/token", query_string=client.credentials, data={"grant_type": "refresh_token", "refresh_token": "x"}
    )
    refused(response, "invalid_client", 401)


# What is sent


def test_wrong_bodies_are_clear_errors(app):
    client = flow.catalog(app)
    good = {"grant_type": "authorization_code", "code": "x", "redirect_uri": client.callback, **client.credentials}
    for changes, error in (
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "\0"}, "unsupported_grant_type"),
        ({"grant_type": ["authorization_code"] * 2}, "invalid_request"),
        ({"code": None}, "invalid_request"),
        ({"code": ["x", "y"]}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"client_id": [client.client_id] * 2}, "invalid_request"),
        ({"client_secret": [client.secret] * 2}, "invalid_request"),
        ({"code": "\0"}, "invalid_grant"),
        ({"code": "x" * 100_000}, "invalid_grant"),
        ({"code": "é☃"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "scope": "everything"}, "invalid_scope"),
    ):
        values = {name: value for name, value in {**good, **changes}.items() if value is not None}
        refused(flow.post(app, "/oauth2/token", values), error)
    form = "application/x-www-form-urlencoded"
    for body, kind in (
        (b"{}", "application/json"),
        (b"", form),
        (b"x", "text/plain"),
        (b"\xff\xfe", None),
        (b"<a/>", "multipart/form-data"),
    ):
        refused(
            site.client(app, "app").post("/oauth2/token", data=body, content_type=kind),
            *(("invalid_client", 401) if kind == form else ("invalid_request", 400)),
        )
    for raw in (b"%ff=%ff&client_id=%00", b"&&&==", b"client_id[]=1&client_secret[]=2", b"a" * 10_000):
        refused(site.client(app, "app").post("/oauth2/token", data=raw, content_type=form), "invalid_client", 401)
    too_large = site.client(app, "app").post("/oauth2/token", data=b"a=" + b"x" * 5_000_000, content_type=form)
    refused(too_large, "invalid_request", 413)


def test_other_methods_and_hosts_answer_json(app, cast):
    for path in ("/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"):
        for method in ("get", "put", "delete", "patch"):
            response = getattr(site.client(app, "app"), method)(path)
            refused(response, "invalid_request", 405)
            assert "POST" in response.headers["Allow"]
        for subdomain in ("acme", "api"):
            refused(site.client(app, subdomain).post(path), "invalid_request", 404)


# Codes


def test_code_is_bound_to_its_client_and_redirect_uri(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    code = flow.code(app, at, cast.ada, client)
    refused(flow.redeem(app, other, code), "invalid_grant")
    refused(flow.redeem(app, other, code, redirect_uri=client.callback), "invalid_grant")
    refused(flow.redeem(app, client, code, redirect_uri=other.callback), "invalid_grant")
    refused(flow.redeem(app, client, code, redirect_uri=client.callback.replace("okta.com", "okta-emea.com")), "invalid_grant")
    refused(flow.redeem(app, client, code + "x"), "invalid_grant")
    # None of that used it up.
    assert flow.redeem(app, client, code).status_code == 200


def test_code_lives_60_seconds(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    flow.age(app, "authorization_codes", "expires_at", seconds=59)
    with app.app_context():
        assert db.session.scalars(select(AuthorizationCode)).one().expires_at > now()
    flow.age(app, "authorization_codes", "expires_at", seconds=1)
    refused(flow.redeem(app, client, code), "invalid_grant")


def test_replayed_code_revokes_what_it_gave(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    issued = flow.redeem(app, client, code).get_json()
    renewed = flow.refresh(app, client, issued["refresh_token"]).get_json()
    assert opens(app, issued["access_token"])
    refused(flow.redeem(app, client, code), "invalid_grant")
    assert not opens(app, issued["access_token"])
    assert not opens(app, renewed["access_token"])
    refused(flow.refresh(app, client, renewed["refresh_token"]), "invalid_grant")
    with app.app_context():
        assert db.session.scalars(select(Consent)).one().revoked_because == "code-replayed"
        ended = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "consent.ended")).one()
        assert (ended.actor_kind, ended.actor_label) == ("client", "Okta")


def test_replay_by_somebody_else_revokes_nothing(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    code = flow.code(app, at, cast.ada, client)
    issued = flow.redeem(app, client, code).get_json()
    refused(flow.redeem(app, other, code, redirect_uri=client.callback), "invalid_grant")
    refused(flow.redeem(app, client, code, client_secret="wrong"), "invalid_client", 401)
    assert opens(app, issued["access_token"])


def test_replay_a_day_later_is_still_a_replay(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    issued = flow.redeem(app, client, code).get_json()
    flow.age(app, "authorization_codes", "expires_at", days=1)
    refused(flow.redeem(app, client, code), "invalid_grant")
    assert not opens(app, issued["access_token"])


# PKCE


def test_pkce_is_honoured(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client, **PKCE)
    for verifier in (None, "w" * 43, CHALLENGE, VERIFIER + "=", "\0", "é" * 43):
        answer = flow.redeem(app, client, code, code_verifier=verifier)
        refused(answer, "invalid_grant")
        assert "code_verifier does not fit" in answer.get_json()["error_description"]
    assert flow.redeem(app, client, code, code_verifier=VERIFIER).status_code == 200


def test_verifier_without_a_challenge_is_a_downgrade(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    refused(flow.redeem(app, client, code, code_verifier=VERIFIER), "invalid_grant")


# Refresh tokens


def test_refresh_rotates(app, at, cast):
    client = flow.catalog(app)
    first = flow.tokens(app, at, cast.ada, client)
    second = flow.refresh(app, client, first["refresh_token"]).get_json()
    assert sorted(second) == ["access_token", "expires_in", "refresh_token", "scope", "token_type"]
    assert {first["access_token"], first["refresh_token"]}.isdisjoint({second["access_token"], second["refresh_token"]})
    assert opens(app, first["access_token"])
    assert opens(app, second["access_token"])
    assert flow.refresh(app, client, second["refresh_token"]).status_code == 200


def test_parallel_use_within_a_minute_gets_tokens_that_work(app, at, cast):
    client = flow.catalog(app)
    first = flow.tokens(app, at, cast.ada, client)
    second = flow.refresh(app, client, first["refresh_token"]).get_json()
    flow.age(app, "tokens", "rotated_at", seconds=55)
    third = flow.refresh(app, client, first["refresh_token"]).get_json()
    for issued in (second, third):
        assert opens(app, issued["access_token"])
        assert flow.refresh(app, client, issued["refresh_token"]).status_code == 200


def test_reuse_after_the_grace_window_ends_the_grant(app, at, cast):
    client = flow.catalog(app)
    first = flow.tokens(app, at, cast.ada, client)
    second = flow.refresh(app, client, first["refresh_token"]).get_json()
    flow.age(app, "tokens", "rotated_at", seconds=61)
    refused(flow.refresh(app, client, first["refresh_token"]), "invalid_grant")
    assert not opens(app, second["access_token"])
    refused(flow.refresh(app, client, second["refresh_token"]), "invalid_grant")
    assert "presented again" in at("acme", cast.ada).open("/connected-apps").text


def test_scope_can_be_narrowed_and_never_widened(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client, scope="scim:users:read scim:users:write")
    refused(flow.refresh(app, client, issued["refresh_token"], scope="scim:users:read scim:groups:read"), "invalid_scope")
    narrow = flow.refresh(app, client, issued["refresh_token"], scope="scim:users:read").get_json()
    assert narrow["scope"] == "scim:users:read"
    with app.app_context():
        assert domain.open_with(db.session(), narrow["access_token"], now(), None).token.scopes == ["scim:users:read"]
    # The new refresh token still stands for everything that was granted (RFC 6749 §6).
    assert flow.refresh(app, client, narrow["refresh_token"]).get_json()["scope"] == "scim:users:read scim:users:write"


def test_refresh_token_of_another_client_is_unknown(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    issued = flow.tokens(app, at, cast.ada, client)
    foreign, unknown = flow.refresh(app, other, issued["refresh_token"]), flow.refresh(app, other, "wpr_x")
    refused(foreign, "invalid_grant")
    assert foreign.data == unknown.data
    assert flow.refresh(app, client, issued["refresh_token"]).status_code == 200


def test_each_secret_is_good_for_one_thing(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    issued = flow.redeem(app, client, code).get_json()
    assert not opens(app, issued["refresh_token"])
    refused(flow.refresh(app, client, issued["access_token"]), "invalid_grant")
    refused(flow.redeem(app, client, issued["refresh_token"]), "invalid_grant")
    assert opens(app, issued["access_token"])


def test_lives_are_an_hour_and_180_days(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client)
    flow.age(app, "tokens", "expires_at", minutes=60)
    assert not opens(app, issued["access_token"])
    assert flow.refresh(app, client, issued["refresh_token"]).status_code == 200
    flow.age(app, "tokens", "expires_at", days=180)
    refused(flow.refresh(app, client, issued["refresh_token"]), "invalid_grant")
    assert "Expired Authenticate again in Okta." in at("acme", cast.ada).open("/connected-apps").text


def test_only_hashes_are_stored(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client)
    with app.app_context():
        stored = str([vars(row) for table in (Token, AuthorizationCode, Consent) for row in db.session.scalars(select(table))])
    for secret in (issued["access_token"], issued["refresh_token"], client.secret):
        assert secret not in stored


# Limits


def test_guessing_a_clients_secret_is_slowed_down(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    statuses = [flow.refresh(app, client, "x", client_secret=f"guess {n}").status_code for n in range(31)]
    assert statuses == [401] * 30 + [429]
    limited = flow.refresh(app, client, "x")
    refused(limited, "temporarily_unavailable", 429)
    assert 1 <= int(limited.headers["Retry-After"]) <= 61
    # Others at the same address are not held up by it.
    refused(flow.refresh(app, other, "x"), "invalid_grant")


def test_answers_that_are_no_failures_are_not_counted(app):
    client = flow.catalog(app)
    assert {flow.refresh(app, client, "x").status_code for _ in range(40)} == {400}


@pytest.mark.parametrize("scheme", ["basic", "Basic", "BASIC"])
def test_scheme_in_any_letter_case(app, scheme):
    client = flow.catalog(app)
    headers = {"Authorization": basic(client.client_id, client.secret)["Authorization"].replace("Basic", scheme)}
    refused(flow.post(app, "/oauth2/token", {"grant_type": "refresh_token", "refresh_token": "x"}, headers=headers), "invalid_grant")
