"""What is sent to the token endpoint: bodies, methods and hosts."""

from __future__ import annotations

from tests.oauth import flow
from tests.support import site


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
        flow.refused(flow.post(app, "/oauth2/token", values), error)
    form, json = "application/x-www-form-urlencoded", "application/json"
    for body, kind in (
        (b"{}", json),
        (b"", form),
        (b"x", "text/plain"),
        (b"\xff\xfe", None),
        (b"<a/>", "multipart/form-data"),
    ):
        flow.refused(
            site.client(app, "app").post("/oauth2/token", data=body, content_type=kind),
            *(("invalid_client", 401) if kind in (form, json) else ("invalid_request", 400)),
        )
    for raw in (b"%ff=%ff&client_id=%00", b"&&&==", b"client_id[]=1&client_secret[]=2", b"a" * 10_000):
        flow.refused(site.client(app, "app").post("/oauth2/token", data=raw, content_type=form), "invalid_client", 401)
    for kind in (form, json):
        too_large = site.client(app, "app").post("/oauth2/token", data=b"a=" + b"x" * 5_000_000, content_type=kind)
        flow.refused(too_large, "invalid_request", 413)


def test_other_methods_and_hosts_answer_json(app, cast):
    for path in ("/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"):
        for method in ("get", "put", "delete", "patch"):
            response = getattr(site.client(app, "app"), method)(path)
            flow.refused(response, "invalid_request", 405)
            assert "POST" in response.headers["Allow"]
        for subdomain in ("acme", "api"):
            flow.refused(site.client(app, subdomain).post(path), "invalid_request", 404)
