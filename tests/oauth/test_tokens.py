"""Tokens of a grant: refresh tokens that rotate, narrowed scopes, what each is good for and how long."""

from __future__ import annotations

from portal.domain import opening as domain
from portal.extensions import db
from portal.web.tenancy import now
from tests.oauth import flow
from tests.support.opening import opens


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
    flow.refused(flow.refresh(app, client, first["refresh_token"]), "invalid_grant")
    assert not opens(app, second["access_token"])
    flow.refused(flow.refresh(app, client, second["refresh_token"]), "invalid_grant")
    assert "presented again" in at("acme", cast.ada).open("/connected-apps").text


def test_scope_can_be_narrowed_and_never_widened(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client, scope="scim:users:read scim:users:write")
    flow.refused(flow.refresh(app, client, issued["refresh_token"], scope="scim:users:read scim:groups:read"), "invalid_scope")
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
    flow.refused(foreign, "invalid_grant")
    assert foreign.data == unknown.data
    assert flow.refresh(app, client, issued["refresh_token"]).status_code == 200


def test_each_secret_is_good_for_one_thing(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    issued = flow.redeem(app, client, code).get_json()
    assert not opens(app, issued["refresh_token"])
    flow.refused(flow.refresh(app, client, issued["access_token"]), "invalid_grant")
    flow.refused(flow.redeem(app, client, issued["refresh_token"]), "invalid_grant")
    assert opens(app, issued["access_token"])


def test_lives_are_an_hour_and_180_days(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client)
    flow.age(app, "tokens", "expires_at", minutes=60)
    assert not opens(app, issued["access_token"])
    assert flow.refresh(app, client, issued["refresh_token"]).status_code == 200
    flow.age(app, "tokens", "expires_at", days=180)
    flow.refused(flow.refresh(app, client, issued["refresh_token"]), "invalid_grant")
    assert "Expired Authenticate again in Okta." in at("acme", cast.ada).open("/connected-apps").text
