"""SAML: what the IdP sends is checked by python3-saml and xmlsec, not by the code that made it."""

from __future__ import annotations

import base64
import re
import zlib
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import xmlsec
from flask.testing import FlaskClient
from lxml import etree
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as MetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response as Saml2Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings as Settings
from werkzeug.test import TestResponse
from xmlsec import constants

from standin.apps import App, Assignment, Statement
from standin.keys import SigningKey, new_key
from standin.org import Org
from standin.people import Person

ACS = "http://acme.portal.localhost:5000/users/auth/saml/callback"
NS = {
    "saml2p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml2": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


@pytest.fixture
def app(catalog: App, ada: Person) -> App:
    """The catalog app with Ada assigned, and its role sent along."""
    catalog.people[ada.id] = Assignment(ada.id, role="maker")
    catalog.sign_on.statements.append(Statement("pb_role", "appuser.role"))
    catalog.sign_on.statements.append(Statement("division", "user.division"))
    return catalog


@pytest.fixture(scope="session")
def sp_key() -> SigningKey:
    """The product's own key."""
    return new_key("sp", "the product")


def sign_in(client: FlaskClient, person: Person, onward: str = "") -> TestResponse:
    return client.post("/signin", data={"person": person.id, "next": onward})


def fields(page: TestResponse) -> dict[str, str]:
    """The hidden fields of the page that posts itself; its form has a Continue button for those without script."""
    text = page.get_data(as_text=True)
    assert page.status_code == 200, text
    assert f'action="{ACS}"' in text
    assert "Continue</button>" in text
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)}


def begin(client: FlaskClient, app: App, person: Person) -> dict[str, str]:
    """A sign-on from the tile."""
    sign_in(client, person)
    return fields(client.get(app.sso_path, follow_redirects=True))


def xml(form: dict[str, str]) -> Any:
    return etree.fromstring(base64.b64decode(form["SAMLResponse"]))


def authn_request(**attributes: str) -> bytes:
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<p:AuthnRequest xmlns:p="{NS["saml2p"]}" ID="_r1" Version="2.0" IssueInstant="2026-11-23T00:00:00Z"{more}>'
        f'<a:Issuer xmlns:a="{NS["saml2"]}">productboard</a:Issuer></p:AuthnRequest>'
    ).encode()


def deflated(message: bytes) -> str:
    packer = zlib.compressobj(wbits=-15)
    return base64.b64encode(packer.compress(message) + packer.flush()).decode()


def settings(client: FlaskClient, app: App, **security: Any) -> Settings:
    """The product's python3-saml settings, from the IdP's own metadata."""
    metadata = client.get(f"/app/{app.key}/sso/saml/metadata").get_data()
    data = MetadataParser.parse(metadata)
    data["sp"] = {"entityId": "productboard", "assertionConsumerService": {"url": ACS}, **security.pop("sp", {})}
    return Settings({**data, "strict": True, "security": {"wantMessagesSigned": True, "wantAssertionsSigned": True, **security}})


def check(form: dict[str, str], config: Settings, request_id: str | None = None) -> tuple[Saml2Response, str]:
    """What python3-saml says; the second is its complaint."""
    parts = urlsplit(ACS)
    here = {"https": "off", "http_host": parts.netloc, "script_name": parts.path, "get_data": {}, "post_data": form}
    response = Saml2Response(config, form["SAMLResponse"])
    response.is_valid(here, request_id)
    return response, response.get_error() or ""


def test_the_tile_signs_in_with_a_response_that_python3_saml_accepts(client: FlaskClient, app: App, ada: Person) -> None:
    form = begin(client, app, ada)
    response, complaint = check(form, settings(client, app))
    assert complaint == ""
    assert response.get_nameid() == ada.email
    assert response.get_attributes() == {"firstName": ["Ada"], "lastName": ["Lovelace"], "pb_role": ["maker"]}, "unset ones stay away"
    assert form["RelayState"] == ""


def test_the_response_has_oktas_shape(client: FlaskClient, app: App, ada: Person, org: Org) -> None:
    now = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
    org.clock = now.timestamp
    root = xml(begin(client, app, ada))
    assert {root.prefix, root.find("saml2:Assertion", NS).prefix} == {"saml2p", "saml2"}
    assert root.get("Destination") == ACS
    assert root.get("IssueInstant") == "2026-11-23T12:00:00.250Z"
    assert {issuer.text for issuer in root.iterfind(".//saml2:Issuer", NS)} == {f"http://www.okta.com/{app.key}"}
    data = root.find(".//saml2:SubjectConfirmationData", NS)
    assert dict(data.attrib) == {"NotOnOrAfter": "2026-11-23T12:05:00.250Z", "Recipient": ACS}
    conditions = root.find(".//saml2:Conditions", NS)
    assert dict(conditions.attrib) == {"NotBefore": "2026-11-23T11:55:00.250Z", "NotOnOrAfter": "2026-11-23T12:05:00.250Z"}
    assert root.findtext(".//saml2:Audience", namespaces=NS) == "productboard"
    assert root.findtext(".//saml2:AuthnContextClassRef", namespaces=NS).endswith(":PasswordProtectedTransport")
    assert "InResponseTo" not in root.attrib
    assert len(root.findall(".//ds:Signature", NS)) == 2
    assert {e.get("Algorithm") for e in root.iterfind(".//ds:SignatureMethod", NS)} == {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"}
    assert {e.get("Algorithm") for e in root.iterfind(".//ds:CanonicalizationMethod", NS)} == {"http://www.w3.org/2001/10/xml-exc-c14n#"}


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


def test_who_is_not_assigned_is_told_by_okta(client: FlaskClient, app: App, grace: Person) -> None:
    sign_in(client, grace)
    answer = client.get(app.sso_path, follow_redirects=True)
    assert answer.status_code == 403
    assert "User is not assigned to this application" in answer.get_data(as_text=True)


def test_the_default_relay_state_goes_with_the_tile(client: FlaskClient, app: App, ada: Person) -> None:
    app.sign_on.relay_state = "/members"
    assert begin(client, app, ada)["RelayState"] == "/members"


@pytest.mark.parametrize(("response", "assertion"), [(True, False), (False, True)])
def test_one_signature_is_enough_when_the_other_is_off(client: FlaskClient, app: App, ada: Person, response: bool, assertion: bool) -> None:
    app.sign_on.sign_response, app.sign_on.sign_assertion = response, assertion
    form = begin(client, app, ada)
    assert len(xml(form).findall(".//ds:Signature", NS)) == 1
    config = settings(client, app, wantMessagesSigned=response, wantAssertionsSigned=assertion)
    assert check(form, config)[1] == ""


def test_sha1_can_be_chosen(client: FlaskClient, app: App, ada: Person) -> None:
    app.sign_on.algorithm = "sha1"
    root = xml(begin(client, app, ada))
    assert root.find(".//ds:SignatureMethod", NS).get("Algorithm").endswith("#rsa-sha1")
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(app.key_in_use.certificate, constants.KeyDataFormatCertPem)
    context.verify(root.find("ds:Signature", NS))


def test_an_assertion_can_be_encrypted_for_the_product(client: FlaskClient, app: App, ada: Person, sp_key: SigningKey) -> None:
    app.sign_on.encryption_cert = sp_key.certificate
    form = begin(client, app, ada)
    assert xml(form).find("saml2:Assertion", NS) is None
    config = settings(client, app, sp={"x509cert": sp_key.certificate, "privateKey": sp_key.private}, wantAssertionsEncrypted=True)
    response, complaint = check(form, config)
    assert complaint == ""
    assert response.get_nameid() == ada.email


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("altered", "Signature validation failed"),
        ("unsigned", "not signed"),
        ("wrong-audience", "not a valid audience"),
        ("wrong-recipient", "The response was received at"),
        ("expired", "expired"),
        ("clock-skew", "not yet valid"),
    ],
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_fault_is_refused_once(
    client: FlaskClient, app: App, ada: Person, sp_key: SigningKey, failure: str, words: str, encrypted: bool
) -> None:
    sp = {"x509cert": sp_key.certificate, "privateKey": sp_key.private} if encrypted else {}
    app.sign_on.encryption_cert = sp_key.certificate if encrypted else ""
    client.post(f"{app.path}/failures", data={"failure": failure, "minutes": "30"})
    config = settings(client, app, sp=sp)
    assert words in check(begin(client, app, ada), config)[1]
    assert check(begin(client, app, ada), config)[1] == "", "the fault happens once"


def test_a_clock_behind_is_late(client: FlaskClient, app: App, ada: Person) -> None:
    client.post(f"{app.path}/failures", data={"failure": "clock-skew", "minutes": "-30"})
    assert "expired" in check(begin(client, app, ada), settings(client, app))[1]


def test_replay_sends_the_last_good_response_again(client: FlaskClient, app: App, ada: Person) -> None:
    first = begin(client, app, ada)
    client.post(f"{app.path}/failures", data={"failure": "expired"})
    begin(client, app, ada)
    client.post(f"{app.path}/failures", data={"failure": "replay"})
    assert begin(client, app, ada) == first
    assert begin(client, app, ada) != first


def test_a_new_certificate_signs_only_once_it_is_active(client: FlaskClient, app: App, ada: Person) -> None:
    old = settings(client, app)
    client.post(f"{app.path}/sign-on/keys")
    assert check(begin(client, app, ada), old)[1] == ""
    client.post(f"{app.path}/sign-on/keys/{app.keys[1].id}")
    assert "Signature validation failed" in check(begin(client, app, ada), old)[1]
    assert check(begin(client, app, ada), settings(client, app))[1] == ""


def test_the_sign_on_tab_saves_what_is_right_and_nothing_else(client: FlaskClient, app: App) -> None:
    form = {
        "acs_url": "https://acme.example/acs",
        "audience": "acme",
        "name_id_format": "persistent",
        "username": "custom",
        "username_custom": 'user.firstName + "." + user.lastName',
        "name-0": "first",
        "value-0": "user.firstName",
        "sign_response": "1",
        "algorithm": "sha256",
    }
    assert client.post(f"{app.path}/sign-on", data=form).status_code == 303
    assert app.sign_on.statements == [Statement("first", "user.firstName")]
    assert not app.sign_on.sign_assertion
    saved = app.sign_on
    for wrong in (
        {"acs_url": "acme.example/acs"},
        {"acs_url": "https://acme.example/a_cs"},
        {"username_custom": "user.firstName +"},
        {"value-0": "firstName"},
        {"value-0": ""},
        {"sign_response": None},
        {"encryption_cert": "no certificate"},
        {"slo_enabled": "1"},
        {"algorithm": "md5"},
    ):
        answer = client.post(f"{app.path}/sign-on", data={**form, **wrong})
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.get_data(as_text=True)
        assert app.sign_on is saved


def test_a_custom_username_is_the_name_id(client: FlaskClient, app: App, ada: Person) -> None:
    app.sign_on.username, app.sign_on.username_custom = "custom", "user.firstName + '.' + user.lastName"
    response, _ = check(begin(client, app, ada), settings(client, app))
    assert response.get_nameid() == "Ada.Lovelace"


def test_sessions_end_with_the_account(client: FlaskClient, app: App, ada: Person) -> None:
    sign_in(client, ada)
    client.post(f"/admin/people/{ada.id}/deactivate")
    assert client.get("/app/UserHome").location.startswith("/signin")
    assert sign_in(client, ada).status_code == 401


@pytest.mark.parametrize(
    ("username", "password", "status"),
    [("ADA.lovelace@acme.example", "demo", 303), ("ada.lovelace@acme.example", "Demo", 401), ("nobody@acme.example", "demo", 401)],
)
def test_a_password_signs_in(client: FlaskClient, username: str, password: str, status: int) -> None:
    assert client.post("/signin", data={"username": username, "password": password}).status_code == status


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_sign_in_leads_nowhere_else(client: FlaskClient, ada: Person, onward: str) -> None:
    assert sign_in(client, ada, onward).location == "/app/UserHome"


@pytest.mark.parametrize("minutes", ["", "ten", "1e3", "99999", "²"])
def test_a_skew_without_minutes_is_not_armed(client: FlaskClient, app: App, minutes: str) -> None:
    answer = client.post(f"{app.path}/failures", data={"failure": "clock-skew", "minutes": minutes})
    assert answer.status_code == 422
    assert app.failure.kind == ""


def test_unsigned_means_no_signature_at_all(client: FlaskClient, app: App, ada: Person) -> None:
    client.post(f"{app.path}/failures", data={"failure": "unsigned"})
    assert xml(begin(client, app, ada)).find(".//ds:Signature", NS) is None


def test_altered_means_the_assertion_even_when_it_is_encrypted(client: FlaskClient, app: App, ada: Person, sp_key: SigningKey) -> None:
    app.sign_on.encryption_cert, app.sign_on.sign_response = sp_key.certificate, False
    client.post(f"{app.path}/failures", data={"failure": "altered"})
    sp = {"x509cert": sp_key.certificate, "privateKey": sp_key.private}
    config = settings(client, app, sp=sp, wantMessagesSigned=False)
    assert "Signature validation failed" in check(begin(client, app, ada), config)[1]
