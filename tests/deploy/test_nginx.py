"""The portal as it is deployed: gunicorn behind a real nginx with TLS, a wildcard certificate and the site of deploy/."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Session
from tests import factories
from tests.faults.load import ERROR
from tests.support import databases, site
from tests.support.nginx import DOMAIN, Nginx
from tests.support.processes import free_port

ACME = f"https://acme.{DOMAIN}"


@dataclass
class Deployed:
    """The whole of it."""

    app: Flask
    cast: factories.Cast
    gunicorn: site.Gunicorn
    nginx: Nginx
    token: str


@pytest.fixture(scope="module")
def deployed(worker_id) -> Iterator[Deployed]:
    url = databases.create("sqlite", f"deployed_{worker_id}")
    changes: dict[str, Any] = {"database_url": url, "base_url": f"https://{DOMAIN}", "trusted_proxies": 1, "profile": "travelbank"}
    app = site.make(**changes)
    cast = factories.make_cast(app)
    factories.enable_scim(app, "acme")
    server = site.Gunicorn(workers=1, **changes)
    nginx = Nginx(server.port)
    yield Deployed(app, cast, server, nginx, factories.make_token(app, "acme"))
    nginx.stop()
    server.stop()
    site.dispose(app)


@pytest.fixture
def browser(deployed) -> Iterator[httpx.Client]:
    with deployed.nginx.client() as client:
        yield client


def test_signing_in_over_https_binds_the_cookies_to_the_host(deployed, browser):
    page = browser.get(f"{ACME}/sign-in")
    form = {"csrf_token": re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)[1], "email": "ada@acme.example"}
    spoofed = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": f"globex.{DOMAIN}"}
    answer = browser.post(
        f"{ACME}/sign-in", data={**form, "password": factories.PASSWORD}, headers={**spoofed, "Referer": f"{ACME}/sign-in"}
    )
    assert answer.status_code == 303, answer.text
    cookies = answer.headers.get_list("Set-Cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-portal-session="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in session.split(";")}
    assert all(cookie.startswith("__Host-") and "Domain" not in cookie for cookie in cookies)
    home = browser.get(f"{ACME}/", headers=spoofed)
    assert (home.status_code, "Ada Lovelace" in home.text) == (200, True)
    assert home.headers["Strict-Transport-Security"]
    with deployed.app.app_context():
        assert {row.ip for row in db.session.query(Session)} == {"127.0.0.1"}, "a client cannot say where it comes from"
        db.session.remove()


def test_every_address_that_leaves_is_https(deployed, browser):
    assert browser.get(f"{ACME}/").headers["Location"].startswith(("/", "https://"))
    metadata, acs_path = browser.get(f"{ACME}/sso/metadata").text, deployed.app.config["PROFILE"].saml.acs_path
    assert re.findall(r'AssertionConsumerService[^>]* Location="([^"]+)"', metadata) == [f"{ACME}{acs_path}"]
    assert "http://acme" not in metadata
    user = browser.get(f"{ACME}/scim/v2/Users", headers=_bearer(deployed)).json()["Resources"][0]
    assert user["meta"]["location"].startswith(f"{ACME}/scim/v2/Users/")
    for path, keys in (("/.well-known/oauth-authorization-server", ("issuer", "token_endpoint")),):
        document = browser.get(f"https://app.{DOMAIN}{path}").json()
        assert all(document[key].startswith(f"https://app.{DOMAIN}") for key in keys)
    plain = browser.get(f"http://acme.{DOMAIN}/groups?page=2")
    assert (plain.status_code, plain.headers["Location"]) == (308, f"{ACME}/groups?page=2")


def test_what_is_not_for_the_world(deployed, browser):
    for path in ("/metrics", "/x/../metrics", "/%6Detrics", "//metrics"):
        assert browser.get(f"https://{DOMAIN}{path}").status_code == 404
    # Whoever comes by another name passes no certificate check; one who does not check reads 421.
    with deployed.nginx.client() as stranger, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        stranger.get("https://evil.example/")
    with deployed.nginx.client() as client:
        assert client.get(f"{ACME}/", headers={"Host": "evil.example"}).status_code == 421
        assert client.get(f"{ACME}/", headers={"Host": "evil.example", "X-Forwarded-Host": f"acme.{DOMAIN}"}).status_code == 421


@pytest.mark.parametrize("megabytes", [4.5, 6])
def test_a_body_that_is_too_large_is_refused_in_the_words_of_scim(deployed, browser, megabytes):
    body = b'{"userName": "' + b"x" * int(megabytes * 1024 * 1024) + b'"}'
    for version, media in (("v2", "application/scim+json"), ("v1", "application/json")):
        answer = browser.post(f"{ACME}/scim/{version}/Users", content=body, headers=_bearer(deployed))
        assert (answer.status_code, answer.headers["Content-Type"]) == (413, media)
        assert "413" in json.dumps(answer.json())


def test_while_the_portal_is_away_each_client_reads_its_own_language():
    nginx = Nginx(free_port())
    with nginx.client() as client:
        answers = {
            "scim": client.get(f"{ACME}/scim/v2/Users"),
            "scim 1.1": client.post(f"{ACME}/scim/v1/Users", json={}),
            "token": client.post(f"https://app.{DOMAIN}/oauth2/token", data={"grant_type": "refresh_token"}),
            "page": client.get(f"{ACME}/sign-in"),
        }
    nginx.stop()
    for answer in answers.values():
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
    scim, old, token, page = answers.values()
    assert (scim.headers["Content-Type"], scim.json()["schemas"], scim.json()["status"]) == ("application/scim+json", [ERROR], "503")
    assert (old.headers["Content-Type"], old.json()["Errors"][0]["code"]) == ("application/json", "503")
    assert (token.headers["Content-Type"], token.json()["error"]) == ("application/json", "temporarily_unavailable")
    assert "<h1>The portal is away for a moment</h1>" in page.text


def _bearer(deployed: Deployed) -> dict[str, str]:
    return {"Authorization": f"Bearer {deployed.token}", "Content-Type": "application/scim+json"}
