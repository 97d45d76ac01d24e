"""Single logout, both ways (SAML profiles §4.4); requests are signed, as Okta demands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from lxml import etree

from standin.apps import App
from standin.org import Org
from standin.people import Invalid
from standin.saml_xml import NAME_ID_FORMATS, SAML, SAMLP, child, decode, encode, issuer, new_id, parse, serialize, stamp
from standin.sessions import AppSession
from standin.signing import query_signed, sign, signed

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


def request_form(org: Org, app: App, at_app: AppSession) -> dict[str, str]:
    """The form fields of a signed LogoutRequest for an app's logout URL."""
    root = _message(org, app, "LogoutRequest", {"NotOnOrAfter": stamp(org.now() + timedelta(minutes=5))})
    name_id = etree.SubElement(root, f"{{{SAML}}}NameID", {"Format": NAME_ID_FORMATS[at_app.name_id_format]}, nsmap={"saml2": SAML})
    name_id.text = at_app.name_id
    child(root, SAMLP, "SessionIndex", at_app.index)
    sign(root, app.key_in_use, app.sign_on.algorithm)
    return {"SAMLRequest": encode(serialize(root))}


def read_request(app: App, value: str, raw_query: str = "") -> Any:
    """A LogoutRequest whose signature holds; `raw_query` for the Redirect binding. Raises Invalid."""
    if not app.sign_on.slo_enabled or not app.sign_on.slo_cert:
        raise Invalid(f"Single logout is off for {app.label}. Turn it on under Sign On and upload the app's certificate.")
    root = parse(decode(value, deflated=bool(raw_query)))
    if root.tag != f"{{{SAMLP}}}LogoutRequest" or not root.get("ID"):
        raise Invalid("The SAML message is not a LogoutRequest.")
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


def response_form(org: Org, app: App, request: Any, relay_state: str | None) -> dict[str, str]:
    """The form fields of the signed LogoutResponse."""
    root = _message(org, app, "LogoutResponse", {"InResponseTo": request.get("ID")})
    child(child(root, SAMLP, "Status"), SAMLP, "StatusCode", Value=SUCCESS)
    sign(root, app.key_in_use, app.sign_on.algorithm)
    fields = {"SAMLResponse": encode(serialize(root))}
    return fields | ({"RelayState": relay_state} if relay_state is not None else {})


def _message(org: Org, app: App, name: str, attributes: dict[str, str]) -> Any:
    base = {"Destination": app.sign_on.slo_url, "ID": new_id(), "IssueInstant": stamp(org.now()), "Version": "2.0"}
    root = etree.Element(f"{{{SAMLP}}}{name}", {**base, **attributes}, nsmap={"saml2p": SAMLP})
    issuer(root, app.issuer)
    return root
