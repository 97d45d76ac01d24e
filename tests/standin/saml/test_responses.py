"""What the IdP sends is checked by python3-saml and xmlsec, not by the code that made it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import xmlsec
from flask.testing import FlaskClient
from xmlsec import constants

from standin.apps import App
from standin.keys import SigningKey
from standin.org import Org
from standin.people import Person
from tests.standin.saml.product import ACS, NS, begin, check, settings, sign_in, xml


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


def test_a_custom_username_is_the_name_id(client: FlaskClient, app: App, ada: Person) -> None:
    app.sign_on.username, app.sign_on.username_custom = "custom", "user.firstName + '.' + user.lastName"
    response, _ = check(begin(client, app, ada), settings(client, app))
    assert response.get_nameid() == "Ada.Lovelace"
