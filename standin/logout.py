"""Single logout, both ways (SAML profiles §4.4); requests are signed, as Okta demands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from lxml import etree

from standin.apps import App
from standin.org import Org
from standin.people import Invalid
from standin.saml_xml import NAME_ID_FORMATS, SAML, SAMLP, child, decode, deflate, encode, issuer, new_id, parse, serialize, stamp
from standin.sessions import AppSession
from standin.signing import query_signed, sign, sign_query, signed

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


@dataclass(frozen=True)
class Onward:
    """A signed message for the app's logout URL: form fields for the POST binding, none when the URL carries it all."""

    url: str
    fields: dict[str, str]


def request_onward(org: Org, app: App, at_app: AppSession) -> Onward:
    """A LogoutRequest about a sign-in at the app."""
    root = _message(org, app, "LogoutRequest", {"NotOnOrAfter": stamp(org.now() + timedelta(minutes=5))})
    name_id = etree.SubElement(root, f"{{{SAML}}}NameID", {"Format": NAME_ID_FORMATS[at_app.name_id_format]}, nsmap={"saml2": SAML})
    name_id.text = at_app.name_id
    child(root, SAMLP, "SessionIndex", at_app.index)
    return _onward(app, "SAMLRequest", root, None)


def read_request(app: App, value: str, raw_query: str = "") -> Any:
    """A LogoutRequest whose signature holds; `raw_query` for the Redirect binding. Raises Invalid."""
    if not app.sign_on.slo_enabled or not app.sign_on.slo_cert:
        raise Invalid(f"Single logout is off for {app.label}. Turn it on under Sign On and upload the app's certificate.")
    root = parse(decode(value, deflated=bool(raw_query)))
    if root.tag != f"{{{SAMLP}}}LogoutRequest" or not root.get("ID"):
        raise Invalid("The SAML message is not a LogoutRequest.")
    named = (root.findtext(f"{{{SAML}}}Issuer") or "").strip()
    if app.sign_on.slo_issuer not in ("", named):
        raise Invalid(f"The LogoutRequest names the issuer {named}, but the Sign On tab says {app.sign_on.slo_issuer}.")
    holds = query_signed(raw_query, app.sign_on.slo_cert) if raw_query else signed(root, app.sign_on.slo_cert)
    if not holds:
        raise Invalid("The LogoutRequest is not signed with the app's certificate.")
    return root


def sign_out(org: Org, app: App, request: Any) -> None:
    """Ends the IdP session that a LogoutRequest names: by SessionIndex, else all of its NameID."""
    index = request.findtext(f"{{{SAMLP}}}SessionIndex") or ""
    session = org.sessions.by_index(app.id, index) if index else None
    name_id = (request.findtext(f"{{{SAML}}}NameID") or "").strip()
    for item in [session] if session else org.sessions.by_name_id(app.id, name_id):
        org.sessions.end(item.id)


def response_onward(org: Org, app: App, request: Any, relay_state: str | None) -> Onward:
    """The LogoutResponse that answers an app."""
    root = _message(org, app, "LogoutResponse", {"InResponseTo": request.get("ID")})
    child(child(root, SAMLP, "Status"), SAMLP, "StatusCode", Value=SUCCESS)
    return _onward(app, "SAMLResponse", root, relay_state)


def _onward(app: App, name: str, root: Any, relay_state: str | None) -> Onward:
    settings = app.sign_on
    state = {"RelayState": relay_state} if relay_state is not None else {}
    if settings.slo_binding == "redirect":
        query = urlencode({name: deflate(serialize(root)), **state})
        joint = "&" if "?" in settings.slo_url else "?"
        return Onward(settings.slo_url + joint + sign_query(query, app.key_in_use, settings.algorithm), {})
    sign(root, app.key_in_use, settings.algorithm)
    return Onward(settings.slo_url, {name: encode(serialize(root)), **state})


def _message(org: Org, app: App, name: str, attributes: dict[str, str]) -> Any:
    base = {"Destination": app.sign_on.slo_url, "ID": new_id(), "IssueInstant": stamp(org.now()), "Version": "2.0"}
    root = etree.Element(f"{{{SAMLP}}}{name}", {**base, **attributes}, nsmap={"saml2p": SAMLP})
    issuer(root, app.issuer)
    return root
