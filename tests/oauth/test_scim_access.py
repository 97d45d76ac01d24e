"""What consent gave opens SCIM, within its scopes and its workspace, until it ends."""

from __future__ import annotations

from tests import factories
from tests.oauth import flow
from tests.support import site

USER = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new@acme.example"}


def probe(app, secret: str, host: str = "acme"):
    headers = {"Authorization": f"Bearer {secret}"}
    return site.client(app, host).get("/scim/v2/Users?startIndex=1&count=2", headers=headers)


def test_access_token_opens_its_own_workspace_only(app, at, cast):
    factories.enable_scim(app, "acme")
    factories.enable_scim(app, "globex")
    issued = flow.tokens(app, at, cast.ada, flow.catalog(app))
    assert [probe(app, issued["access_token"], host).status_code for host in ("acme", "api", "globex")] == [200, 200, 401]
    assert probe(app, issued["refresh_token"]).status_code == 401


def test_disconnecting_answers_the_next_request_with_401(app, at, cast):
    factories.enable_scim(app, "acme")
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client)
    assert probe(app, issued["access_token"]).status_code == 200
    at("acme", cast.grace).open("/connected-apps").follow("Disconnect Okta").submit("Disconnect")
    response = probe(app, issued["access_token"])
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert "disconnected" in response.get_json()["detail"]


def test_use_shows_on_the_connected_apps(app, at, cast):
    factories.enable_scim(app, "acme")
    issued = flow.tokens(app, at, cast.ada, flow.catalog(app))
    pages = at("acme", cast.grace)
    assert "Last used Never" in pages.open("/connected-apps").text
    probe(app, issued["access_token"])
    assert "Last used Never" not in pages.open("/connected-apps").text


def test_missing_scope_is_named(app, at, cast):
    factories.enable_scim(app, "acme")
    issued = flow.tokens(app, at, cast.ada, flow.catalog(app), scope="scim:users:read")
    headers = {"Authorization": f"Bearer {issued['access_token']}"}
    response = site.client(app, "acme").post("/scim/v2/Users", json=USER, headers=headers)
    assert response.status_code == 403
    assert "scim:users:write" in response.get_json()["detail"]
    assert probe(app, issued["access_token"]).status_code == 200


def test_app_goes_on_when_the_admin_who_connected_it_is_gone(app, at, cast):
    factories.enable_scim(app, "acme")
    issued = flow.tokens(app, at, cast.grace, flow.catalog(app))
    pages = at("acme", cast.grace)
    headers = {"Authorization": f"Bearer {issued['access_token']}"}
    deactivate = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": {"active": False}}],
    }
    response = site.client(app, "acme").patch(f"/scim/v2/Users/{cast.grace.id}", json=deactivate, headers=headers)
    assert response.status_code == 200
    assert pages.open("/connected-apps").heading == "Sign in to Acme"
    assert probe(app, issued["access_token"]).status_code == 200
