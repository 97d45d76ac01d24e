"""Single logout, both ways: signatures are made and checked by python3-saml."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import xmlsec
from flask.testing import FlaskClient
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth as Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as MetadataParser
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils
from xmlsec import constants

from standin.apps import App, Assignment
from standin.keys import SigningKey, new_key
from standin.people import Person
from tests.standin.saml.product import hidden

SLO = "http://acme.portal.localhost:5000/users/auth/saml/slo"
SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


@pytest.fixture
def app(catalog: App, ada: Person, client: FlaskClient, sp_key: SigningKey) -> App:
    """The catalog app with single logout, Ada signed in to it."""
    catalog.people[ada.id] = Assignment(ada.id)
    catalog.sign_on.slo_enabled, catalog.sign_on.slo_url, catalog.sign_on.slo_cert = True, SLO, sp_key.certificate
    client.post("/signin", data={"person": ada.id})
    client.get(catalog.sso_path, follow_redirects=True)
    return catalog


def product(client: FlaskClient, app: App, key: SigningKey, **post: str) -> Auth:
    """The product, as python3-saml."""
    data = MetadataParser.parse(client.get(f"/app/{app.key}/sso/saml/metadata").get_data())
    data["sp"] = {
        "entityId": "productboard",
        "assertionConsumerService": {"url": app.sign_on.acs_url},
        "singleLogoutService": {"url": SLO},
        "x509cert": key.certificate,
        "privateKey": key.private,
    }
    security = {"logoutRequestSigned": True, "signatureAlgorithm": SHA256, "wantMessagesSigned": True}
    parts = urlsplit(SLO)
    here = {"https": "off", "http_host": parts.netloc, "script_name": parts.path, "get_data": {}, "post_data": post}
    return Auth(here, {**data, "strict": True, "security": security})


def check_signature(field: str, key: SigningKey) -> bytes:
    """The message of a form field, once its signature holds; raises xmlsec.Error."""
    message = base64.b64decode(field)
    root = etree.fromstring(message)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key.certificate, constants.KeyDataFormatCertPem)
    context.verify(xmlsec.tree.find_node(root, "Signature"))
    return message


def test_the_product_signs_out_by_redirect(client: FlaskClient, app: App, ada: Person, sp_key: SigningKey) -> None:
    url = urlsplit(product(client, app, sp_key).logout(name_id=ada.email, return_to="/bye"))
    answer = client.get(f"{url.path}?{url.query}")
    assert answer.status_code == 200
    form = hidden(answer.get_data(as_text=True))
    assert form["RelayState"] == "/bye"
    told = check_signature(form["SAMLResponse"], app.key_in_use)
    asked = Utils.decode_base64_and_inflate(parse_qs(url.query)["SAMLRequest"][0])
    request_id = re.search(rb'ID="([^"]+)"', asked)
    assert request_id
    assert f'InResponseTo="{request_id[1].decode()}"'.encode() in told
    assert client.get("/app/UserHome").location.startswith("/signin"), "the session is over"


def test_the_product_signs_out_by_post(client: FlaskClient, app: App, ada: Person, sp_key: SigningKey) -> None:
    url = urlsplit(product(client, app, sp_key).logout(name_id=ada.email))
    plain = Utils.decode_base64_and_inflate(parse_qs(url.query)["SAMLRequest"][0])
    signed = Utils.add_sign(plain, sp_key.private, sp_key.certificate, sign_algorithm=SHA256)
    data = {"SAMLRequest": base64.b64encode(signed).decode()}
    answer = client.post(url.path, data=data, headers={"Origin": "http://acme.portal.localhost:5000"})
    assert answer.status_code == 200
    assert client.get("/app/UserHome").location.startswith("/signin")


@pytest.mark.parametrize("wrong", ["unsigned", "other key", "altered", "off", "other issuer"])
def test_a_request_that_is_not_the_products_ends_no_session(
    client: FlaskClient, app: App, ada: Person, sp_key: SigningKey, wrong: str
) -> None:
    key = new_key("other", "somebody else") if wrong == "other key" else sp_key
    url = urlsplit(product(client, app, key).logout(name_id=ada.email))
    query: dict[str, Any] = {name: values[0] for name, values in parse_qs(url.query).items()}
    if wrong == "unsigned":
        del query["Signature"]
    if wrong == "altered":
        query["RelayState"] = "/elsewhere"
    if wrong == "other issuer":
        app.sign_on.slo_issuer = "somebody-else"
    if wrong == "off":
        app.sign_on.slo_enabled = False
    assert client.get(f"{url.path}?{urlencode(query)}").status_code == 400
    assert client.get("/app/UserHome").status_code == 200


def test_signing_out_at_the_idp_tells_the_product(client: FlaskClient, app: App, ada: Person) -> None:
    text = client.post("/signout").get_data(as_text=True)
    assert f'action="{SLO}"' in text
    body = check_signature(hidden(text)["SAMLRequest"], app.key_in_use).decode()
    assert f">{ada.email}</saml2:NameID>" in body
    assert "SessionIndex>" in body
    assert client.get("/app/UserHome").location.startswith("/signin")
    assert client.get(f"/app/{app.name}/{app.key}/slo/saml/callback").status_code == 200


def test_by_redirect_python3_saml_accepts_request_and_answer(client: FlaskClient, app: App, ada: Person, sp_key: SigningKey) -> None:
    app.sign_on.slo_binding = "redirect"
    auth = product(client, app, sp_key)
    url = urlsplit(auth.logout(name_id=ada.email, return_to="/bye"))
    answer = client.get(f"{url.path}?{url.query}")
    assert answer.location.startswith(f"{SLO}?SAMLResponse=")
    arrive(auth, answer.location)
    auth.process_slo(request_id=auth.get_last_request_id())
    assert auth.get_errors() == []
    client.post("/signin", data={"person": ada.id})
    client.get(app.sso_path, follow_redirects=True)
    arrive(auth, client.post("/signout").location)
    back = auth.process_slo(keep_local_session=True)
    assert auth.get_errors() == []
    assert back.startswith(f"http://okta.localhost:5001/app/{app.name}/{app.key}/slo/saml")


def arrive(auth: Auth, location: str) -> None:
    """Lets the product see the request that the browser brings it."""
    query = urlsplit(location).query
    auth._request_data["get_data"] = {name: values[0] for name, values in parse_qs(query).items()}
    auth._request_data["query_string"] = query
