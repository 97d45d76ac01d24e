"""What the product asks of the IdP, by redirect and by post."""

from __future__ import annotations

import base64
import zlib
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from standin.apps import App
from standin.org import Org
from standin.people import Person
from tests.standin.saml.product import NS, check, fields, settings, sign_in, xml


def authn_request(**attributes: str) -> bytes:
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<p:AuthnRequest xmlns:p="{NS["saml2p"]}" ID="_r1" Version="2.0" IssueInstant="2026-11-23T00:00:00Z"{more}>'
        f'<a:Issuer xmlns:a="{NS["saml2"]}">productboard</a:Issuer></p:AuthnRequest>'
    ).encode()


def deflated(message: bytes) -> str:
    packer = zlib.compressobj(wbits=-15)
    return base64.b64encode(packer.compress(message) + packer.flush()).decode()


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_request_is_answered_after_sign_in(client: FlaskClient, app: App, ada: Person, binding: str) -> None:
    if binding == "redirect":
        query = f"SAMLRequest={quote(deflated(authn_request()), safe='')}&RelayState=%2Fmembers%3Fpage%3D2"
        page = client.get(f"{app.sso_path}?{query}")
    else:
        request = base64.b64encode(authn_request()).decode()
        page = client.post(
            app.sso_path,
            data={"SAMLRequest": request, "RelayState": "/members?page=2"},
            headers={"Origin": "http://acme.portal.localhost:5000"},
        )
    onward = page.location
    assert client.get(onward).location.startswith("/signin?next=")
    assert sign_in(client, ada, onward).location == onward
    form = fields(client.get(onward))
    assert form["RelayState"] == "/members?page=2"
    response, complaint = check(form, settings(client, app), "_r1")
    assert complaint == ""
    assert response.get_nameid() == ada.email
    assert xml(form).get("InResponseTo") == "_r1"
    assert xml(form).find(".//saml2:SubjectConfirmationData", NS).get("InResponseTo") == "_r1"
    assert client.get(onward).status_code == 400, "a request is answered once"


def test_force_authn_asks_again(client: FlaskClient, app: App, ada: Person, org: Org) -> None:
    sign_in(client, ada)
    start = org.clock()
    org.clock = lambda: start + 60
    page = client.get(app.sso_path, query_string={"SAMLRequest": deflated(authn_request(ForceAuthn="true"))})
    assert client.get(page.location).location.startswith("/signin")
    sign_in(client, ada)
    assert fields(client.get(page.location))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("%%%", "cannot be decoded"),
        (deflated(b"<html>"), "not XML"),
        (deflated(b"<a/>"), "not an AuthnRequest"),
        (deflated(b'<!DOCTYPE a [<!ENTITY b "c">]>' + authn_request()), "DOCTYPE"),
        (deflated(b" " * 300_000), "too large"),
        (deflated(authn_request().replace(b"</p:", b'<p:NameIDPolicy Format="urn:other"/></p:')), "Name ID format"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused(client: FlaskClient, app: App, value: str, words: str) -> None:
    answer = client.get(app.sso_path, query_string={"SAMLRequest": value})
    assert answer.status_code == 400
    assert words in answer.get_data(as_text=True)
