"""Hosts and workspaces: TN-1, TN-2, TN-4, TN-6."""

from __future__ import annotations

import pytest

from portal.domain import workspaces
from portal.domain.errors import Invalid

OURS = ["portal.localhost", "app.portal.localhost", "acme.portal.localhost", "ACME.Portal.Localhost"]
FOREIGN = [
    "evil.example",
    "portal.localhost.evil.example",
    "a.b.portal.localhost",
    "xportal.localhost",
    "127.0.0.1",
    ".portal.localhost",
    "localhost",
]


def test_our_hosts_answer(app, cast, client):
    answers = {host: client().get("/healthz", headers={"Host": f"{host}:5000"}).status_code for host in OURS}
    assert answers == dict.fromkeys(OURS, 200)


@pytest.mark.parametrize("path", ["/", "/healthz", "/members", "/scim/v2/Users", "/oauth2/token"])
def test_any_other_host_answers_421(app, cast, client, path):
    answers = {host: client().get(path, headers={"Host": host}).status_code for host in FOREIGN}
    assert answers == dict.fromkeys(FOREIGN, 421)
    said = client().get("/", headers={"Host": FOREIGN[0], "X-Request-Id": "<b>id</b>"})
    assert "http://portal.localhost:5000" in said.text
    assert f"request id <code>{said.headers['X-Request-Id']}</code>" in said.text


def test_forwarded_hosts_do_not_count_without_a_configured_proxy(app, cast, client):
    headers = {"Host": "evil.example", "X-Forwarded-Host": "acme.portal.localhost"}
    assert client().get("/sign-in", headers=headers).status_code == 421
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert client("acme").get("/sign-in", headers=headers).status_code == 200


def test_forwarded_headers_count_behind_a_configured_proxy(make_app):
    app = make_app(trusted_proxies=1)
    answer = app.test_client().get("/healthz", headers={"Host": "127.0.0.1:8000", "X-Forwarded-Host": "portal.localhost"})
    assert answer.status_code == 200


FORWARDED = {"X-Forwarded-Host": "portal.localhost"}


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("10.0.0.5", FORWARDED, 200),
        ("::ffff:10.0.0.5", FORWARDED, 200),
        ("10.1.2.3", FORWARDED, 200),
        ("fd00::7", FORWARDED, 200),
        ("10.0.0.6", FORWARDED, 421),
        ("", FORWARDED, 421),
        ("10.0.0.5", {}, 421),
        # Two proxies in a row: the inner one passes on what the outer one wrote, or adds to it.
        ("10.0.0.5", {**FORWARDED, "X-Forwarded-For": "8.8.8.8, 10.1.2.3"}, 200),
        ("10.0.0.5", {"X-Forwarded-Host": "portal.localhost, 127.0.0.1", "X-Forwarded-For": "8.8.8.8, 10.1.2.3"}, 200),
        ("10.0.0.5", {"X-Forwarded-Host": "portal.localhost, evil.example", "X-Forwarded-For": "10.1.2.3, 8.8.8.8"}, 421),
    ],
)
def test_forwarded_headers_count_from_the_addresses_of_configured_proxies(make_app, peer, headers, status):
    client = make_app(trusted_proxies="10.0.0.5, 10.1.0.0/16,fd00::/8").test_client()
    given = {"Host": "127.0.0.1:8000", **headers}
    assert client.get("/healthz", headers=given, environ_base={"REMOTE_ADDR": peer}).status_code == status


@pytest.mark.parametrize(
    ("callers", "status"),
    [("8.8.8.8", 404), ("10.9.9.9, 8.8.8.8", 404), ("8.8.8.8, 10.0.0.5", 404), ("192.168.0.1, 10.0.0.5", 200), ("10.0.0.5", 200)],
)
def test_the_caller_is_whom_the_outermost_configured_proxy_saw(make_app, callers, status):
    client = make_app(trusted_proxies="10.0.0.5").test_client()
    given = {"Host": "portal.localhost", "X-Forwarded-For": callers}
    # Figures are shown to private addresses only.
    assert client.get("/metrics", headers=given, environ_base={"REMOTE_ADDR": "10.0.0.5"}).status_code == status


def test_an_unknown_workspace_gets_a_clear_answer(app, cast, at):
    page = at("nonesuch").open("/", status=404)
    assert page.heading == "There is no such workspace"


@pytest.mark.parametrize("subdomain", ["", "app"])
def test_the_bare_domain_asks_for_the_workspace(app, cast, at, subdomain):
    page = at(subdomain).open("/")
    assert "Enter your workspace subdomain" in page.text
    page.submit("Continue", {"Workspace subdomain": "acme"}, status=303)
    assert page.response.headers["Location"] == "http://acme.portal.localhost:5000/"


def test_a_subdomain_that_is_not_there_is_refused_with_what_to_do(app, cast, at):
    for typed in ("nonesuch", "acme.globex", "<script>", "ac me", "x" * 300, "nul\x00"):
        page = at().open("/").submit("Continue", {"Workspace subdomain": typed}, status=422)
        assert "There is no workspace" in page.text


def test_a_session_of_one_workspace_opens_nothing_of_another(app, cast, at, client):
    ada = at("acme", cast.ada)
    cookie = ada.client.get_cookie("portal-session", domain="acme.portal.localhost")
    stolen = client("globex")
    stolen.set_cookie("portal-session", cookie.value, domain="globex.portal.localhost")
    assert stolen.get("/members").status_code == 303


GOOD_NAMES = ["acme", "a", "a1", "acme-labs", "x" * 63, "1st"]
BAD_NAMES = ["", "-acme", "acme-", "Acme", "ac_me", "ac.me", "x" * 64, "äcme", "acme\n", "xn--acme", "www", "app", "api"]


@pytest.mark.parametrize("slug", GOOD_NAMES)
def test_a_good_name_is_taken(slug):
    assert workspaces.check_slug(slug) == slug


@pytest.mark.parametrize("slug", BAD_NAMES)
def test_a_bad_or_reserved_name_is_refused(slug):
    with pytest.raises(Invalid):
        workspaces.check_slug(slug)


def test_an_offer_to_upgrade_changes_nothing(app, cast, client):
    offer = {"Connection": "Upgrade", "Upgrade": "websocket"}
    for subdomain, path in (("", "/"), ("acme", "/sign-in"), ("acme", "/nothing"), ("acme", "/scim/v2/Users"), ("acme", "/sso/finish")):
        plain, offered = client(subdomain).get(path), client(subdomain).get(path, headers=offer)
        assert (offered.status_code, offered.location, offered.headers.get("Allow")) == (plain.status_code, plain.location, None), path
    posted = [client("acme").post("/scim/v2/ResourceTypes", headers=headers) for headers in ({}, offer)]
    assert posted[0].status_code == posted[1].status_code
    assert posted[0].headers.get("Allow") == posted[1].headers.get("Allow")
