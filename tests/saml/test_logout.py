"""Single logout, both ways: SS-9."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from lxml import etree
from sqlalchemy import select

from portal.domain import keys
from portal.models import Session
from tests import factories
from tests.pages import PageClient
from tests.saml.conftest import connect
from tests.support.certificates import usual_key
from tests.support.idp import IdentityProvider, posted, query_fits, request_in
from tests.support.says import Says
from tests.support.signing import Seal, sign

SLO = "/users/auth/saml/slo"
SLO_URL = f"http://acme.portal.localhost:5000{SLO}"


@pytest.fixture
def connected(app, cast, idp):
    """Acme, connected to an identity provider that knows single logout."""
    idp.slo_url = "https://acme.okta.example/app/slo?app=portal"
    connect(app, "acme", idp)
    return idp


def live_sessions(app, person):
    with factories.inside(app, person.workspace) as ctx:
        query = select(Session.session_index).where(Session.member_id == person.id, Session.ended_at.is_(None))
        return sorted(ctx.session.scalars(query))


def signed_in(browser, person, index):
    browser.sign_in(Says(name_id=person.user_name, session_index=index))
    return browser


def test_signing_out_here_offers_to_sign_out_there(app, cast, connected, browser_at):
    browser = signed_in(browser_at(), cast.ada, "s1")
    page = PageClient(browser.client).open("/troubleshooting").submit("Sign out")
    assert page.heading == "You are signed out"
    assert live_sessions(app, cast.ada) == []
    link = page.page.xpath("//a[contains(., 'Sign out of Okta')]/@href")[0]
    away = browser.client.get(link)
    assert away.location.startswith("https://acme.okta.example/app/slo?app=portal&SAMLRequest=")
    message, _ = request_in(away.location)
    assert (message.get("Destination"), message.findtext("{*}NameID"), message.findtext("{*}SessionIndex")) == (
        connected.slo_url, cast.ada.user_name, "s1")  # fmt: skip
    with factories.inside(app, "acme") as ctx:
        certificate = keys.published(ctx)[0].certificate
    assert query_fits(urlsplit(away.location).query.removeprefix("app=portal&"), certificate)
    assert browser.client.get(link).location == "/sign-in"
    answer = connected.logout_response(message.get("ID"), SLO_URL)
    back = browser.client.get(f"{SLO}?{connected.query('SAMLResponse', answer)}")
    assert back.location == "/sign-in"
    assert "You are signed out here and at Okta." in browser.client.get("/sign-in").text


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_the_identity_provider_ends_the_session_it_names(app, cast, connected, browser_at, client, binding):
    for index in ("s1", "s2"):
        signed_in(browser_at(), cast.mary, index)
    assert live_sessions(app, cast.mary) == ["s1", "s2"]
    request = connected.logout_request(cast.mary.user_name, SLO_URL, indexes=("s1",))
    if binding == "redirect":
        answer = client("acme").get(f"{SLO}?{connected.query('SAMLRequest', request, 'their state')}")
    else:
        sign(request, connected.key, Seal())
        answer = client("acme").post(SLO, data={"SAMLRequest": posted(etree.tostring(request)), "RelayState": "their state"})
    assert answer.status_code == 303, answer.text
    message, rest = request_in(answer.location)
    assert (message.get("InResponseTo"), rest["RelayState"]) == (request.get("ID"), "their state")
    assert message.find("{*}Status/{*}StatusCode").get("Value").endswith(":Success")
    assert live_sessions(app, cast.mary) == ["s2"]


def test_without_a_session_index_every_session_ends_in_any_letter_case(app, cast, connected, browser_at, client):
    browsers = [signed_in(browser_at(), cast.mary, index) for index in ("s1", "s2")]
    request = connected.logout_request(cast.mary.user_name.upper(), SLO_URL)
    client("acme").get(f"{SLO}?{connected.query('SAMLRequest', request)}")
    assert live_sessions(app, cast.mary) == []
    assert all(browser.client.get("/settings/sso").location.startswith("/sign-in") for browser in browsers)


def test_a_replayed_request_is_answered_and_ends_nothing_that_began_since(app, cast, connected, browser_at, client):
    signed_in(browser_at(), cast.mary, "s1")
    request = connected.logout_request(cast.mary.user_name, SLO_URL)
    first = client("acme").get(f"{SLO}?{connected.query('SAMLRequest', request)}")
    signed_in(browser_at(), cast.mary, "s2")
    by_query = client("acme").get(f"{SLO}?{connected.query('SAMLRequest', request)}")
    sign(request, connected.key, Seal())
    by_form = client("acme").post(SLO, data={"SAMLRequest": posted(etree.tostring(request))})
    for answer in (first, by_query, by_form):
        message, _ = request_in(answer.location)
        assert message.get("InResponseTo") == request.get("ID")
    assert live_sessions(app, cast.mary) == ["s2"]
    client("acme").get(f"{SLO}?{connected.query('SAMLRequest', connected.logout_request(cast.mary.user_name, SLO_URL))}")
    assert live_sessions(app, cast.mary) == []


def refused(answer):
    assert answer.status_code in (400, 403)
    assert "Single logout was refused" in answer.text
    return answer.text


def test_bad_logout_messages_end_nothing(app, cast, connected, browser_at, client, at):
    signed_in(browser_at(), cast.mary, "s1")
    good = connected.logout_request(cast.mary.user_name, SLO_URL)
    query = connected.query("SAMLRequest", good)
    bomb = connected.query("SAMLRequest", b"<a>" + b" " * 20_000_000 + b"</a>")
    assert len(bomb) < 100_000
    other = IdentityProvider(key=usual_key("another.example"))
    stranger = IdentityProvider("http://www.okta.com/stranger")
    queries = {
        "unsigned": query.partition("&SigAlg")[0],
        "too-large": bomb,
        "not-deflated": "SAMLRequest=" + posted(etree.tostring(good)).replace("+", "%2B").replace("=", "%3D"),
        "not-base64": "SAMLRequest=%25%25",
        "signature-invalid": other.query("SAMLRequest", good),
        "issuer-wrong": stranger.query("SAMLRequest", stranger.logout_request(cast.mary.user_name, SLO_URL)),
        "signature-misplaced": f"{query}&SAMLRequest=x",
        "sha1": connected.query("SAMLRequest", good, method="rsa-sha1"),
        "destination-wrong": connected.query("SAMLRequest", connected.logout_request(cast.mary.user_name, SLO_URL + "/")),
        "expired": connected.query(
            "SAMLRequest", connected.logout_request(cast.mary.user_name, SLO_URL, IssueInstant="2020-01-01T00:00:00Z")
        ),
        "name-id-missing": connected.query("SAMLRequest", connected.logout_request("", SLO_URL)),
        "not-a-logout": connected.query("SAMLRequest", connected.logout_response("id1", SLO_URL)),
        "request-unknown": connected.query("SAMLResponse", connected.logout_response("id-of-nothing", SLO_URL)),
    }
    for query in queries.values():
        refused(client("acme").get(f"{SLO}?{query}"))
    refused(client("acme").get(SLO))
    refused(client("acme").post(SLO, data={"SAMLRequest": posted(etree.tostring(good))}))
    sign(good, other.key, Seal())
    refused(client("acme").post(SLO, data={"SAMLRequest": posted(etree.tostring(good))}))
    assert live_sessions(app, cast.mary) == ["s1"]
    page = at("acme", cast.grace).open("/troubleshooting")
    assert [reason for reason in queries if f"Reason {reason}" not in page.text] == []


def test_a_logout_of_another_workspace_ends_nothing_here(app, cast, connected, browser_at, client):
    connect(app, "globex", connected)
    signed_in(browser_at(), cast.mary, "s1")
    theirs = SLO_URL.replace("acme", "globex")
    query = connected.query("SAMLRequest", connected.logout_request(cast.mary.user_name, theirs))
    refused(client("acme").get(f"{SLO}?{query}"))
    assert client("globex").get(f"{SLO}?{query}").status_code == 303
    assert live_sessions(app, cast.mary) == ["s1"]
