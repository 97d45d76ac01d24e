"""The product that Okta signs people on to: a browser between both, and python3-saml, which judges what comes."""

from __future__ import annotations

import base64
import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from lxml import etree
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as MetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response as Saml2Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings as Settings
from werkzeug.test import TestResponse

from standin.apps import App
from standin.people import Person

ACS = "http://acme.portal.localhost:5000/users/auth/saml/callback"
NS = {
    "saml2p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml2": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


def sign_in(client: FlaskClient, person: Person, onward: str = "") -> TestResponse:
    """A person chooses themselves on Okta's sign-in page."""
    return client.post("/signin", data={"person": person.id, "next": onward})


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)}


def fields(page: TestResponse) -> dict[str, str]:
    """The hidden fields of the page that posts itself; its form has a Continue button for those without script."""
    text = page.get_data(as_text=True)
    assert page.status_code == 200, text
    assert f'action="{ACS}"' in text
    assert "Continue</button>" in text
    return hidden(text)


def begin(client: FlaskClient, app: App, person: Person) -> dict[str, str]:
    """A sign-on from the tile."""
    sign_in(client, person)
    return fields(client.get(app.sso_path, follow_redirects=True))


def xml(form: dict[str, str]) -> Any:
    """The response that a form carries."""
    return etree.fromstring(base64.b64decode(form["SAMLResponse"]))


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
