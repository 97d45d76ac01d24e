"""Tokens given up or looked at by their client, and what the server says of itself."""

from __future__ import annotations

from portal.web.tenancy import now
from tests import factories
from tests.oauth import flow
from tests.support import site
from tests.support.opening import opens


def revoke(app, client, token, **more):
    return flow.post(app, "/oauth2/revoke", {"token": token, **client.credentials, **more})


def look(app, client, token, **more):
    return flow.post(app, "/oauth2/introspect", {"token": token, **client.credentials, **more})


def test_revoking_an_access_token_ends_that_one(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client)
    assert revoke(app, client, issued["access_token"], token_type_hint="refresh_token").status_code == 200
    assert not opens(app, issued["access_token"])
    assert flow.refresh(app, client, issued["refresh_token"]).status_code == 200


def test_revoking_a_refresh_token_ends_the_grant(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client)
    assert revoke(app, client, issued["refresh_token"]).status_code == 200
    assert not opens(app, issued["access_token"])
    assert flow.refresh(app, client, issued["refresh_token"]).status_code == 400
    pages = at("acme", cast.ada).open("/connected-apps")
    assert "The app gave it up." in pages.text
    assert revoke(app, client, issued["refresh_token"]).status_code == 200


def test_revoking_what_is_not_ones_own_changes_nothing(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    issued = flow.tokens(app, at, cast.ada, client)
    header = factories.make_token(app, "acme")
    answers = {revoke(app, other, secret).data for secret in (issued["access_token"], issued["refresh_token"], "unknown", header, "\0")}
    assert answers == {b"{}"}
    assert revoke(app, client, header).status_code == 200
    assert opens(app, issued["access_token"])
    assert opens(app, header)


def test_revocation_needs_client_and_token(app):
    client = flow.catalog(app)
    assert flow.post(app, "/oauth2/revoke", {"token": "x"}).status_code == 401
    assert flow.post(app, "/oauth2/revoke", client.credentials).get_json()["error"] == "invalid_request"
    assert revoke(app, client, ["a", "b"]).get_json()["error"] == "invalid_request"
    assert flow.post(app, "/oauth2/introspect", {"token": "x"}).status_code == 401
    assert flow.post(app, "/oauth2/introspect", client.credentials).get_json()["error"] == "invalid_request"


def test_introspection_tells_the_owning_client(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client, scope="scim:users:read")
    response = look(app, client, issued["access_token"])
    assert response.headers["Cache-Control"] == "no-store"
    facts = response.get_json()
    assert facts["exp"] - facts["iat"] == 3600
    assert abs(facts["iat"] - now().timestamp()) < 60
    with factories.inside(app, "acme") as ctx:
        workspace_id = ctx.workspace.id
    del facts["exp"], facts["iat"]
    assert facts == {
        "active": True,
        "scope": "scim:users:read",
        "client_id": client.client_id,
        "token_type": "Bearer",
        "sub": workspace_id,
        "workspace": "acme",
        "iss": "http://app.portal.localhost:5000",
    }
    assert look(app, client, issued["refresh_token"]).get_json()["active"] is True


def test_introspection_tells_nobody_else(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    issued = flow.tokens(app, at, cast.ada, client)
    header = factories.make_token(app, "acme")
    for secret in (issued["access_token"], issued["refresh_token"], header, "unknown", "\0"):
        assert look(app, other, secret).get_json() == {"active": False}
    assert look(app, client, header).get_json() == {"active": False}


def test_spent_tokens_are_inactive(app, at, cast):
    client = flow.catalog(app)
    first = flow.tokens(app, at, cast.ada, client)
    second = flow.refresh(app, client, first["refresh_token"]).get_json()
    assert look(app, client, first["refresh_token"]).get_json() == {"active": False}
    flow.age(app, "tokens", "expires_at", hours=1)
    assert look(app, client, second["access_token"]).get_json() == {"active": False}
    assert look(app, client, second["refresh_token"]).get_json()["active"] is True
    third = flow.refresh(app, client, second["refresh_token"]).get_json()
    assert look(app, client, third["access_token"]).get_json()["active"] is True
    revoke(app, client, third["access_token"])
    assert look(app, client, third["access_token"]).get_json() == {"active": False}
    assert look(app, client, third["refresh_token"]).get_json()["active"] is True
    revoke(app, client, third["refresh_token"])
    assert look(app, client, third["refresh_token"]).get_json() == {"active": False}


def test_metadata_is_true(app, at, cast):
    found = [site.client(app, host).get("/.well-known/oauth-authorization-server").get_json() for host in ("app", "")]
    assert found[0] == found[1]
    facts = found[0]
    base = facts["issuer"]
    assert base == "http://app.portal.localhost:5000"
    client = flow.catalog(app)
    for name in ("token", "revocation", "introspection"):
        path = facts[f"{name}_endpoint"].removeprefix(base)
        assert flow.post(app, path, {"token": "x"}).status_code == 401
    assert (
        site.client(app, "app").get(facts["authorization_endpoint"].removeprefix(base), query_string=flow.query(client)).status_code == 200
    )
    assert facts["code_challenge_methods_supported"] == ["S256"]
    assert facts["response_types_supported"] == ["code"]
    assert facts["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert facts["authorization_response_iss_parameter_supported"] is True
    assert sorted(facts["token_endpoint_auth_methods_supported"]) == ["client_secret_basic", "client_secret_post"]
    assert facts["scopes_supported"] == ["scim:users:read", "scim:users:write", "scim:groups:read", "scim:groups:write"]
    for host in ("acme", "api"):
        response = site.client(app, host).get("/.well-known/oauth-authorization-server")
        assert (response.status_code, response.mimetype) == (404, "application/json")
