"""The messages and the metadata that the portal sends as service provider (SAML core §3, SAML metadata §2.4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from lxml import etree

from portal.saml.xml import NS, Element, stamp, tag

POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
NAME_ID_FORMATS = {
    "emailAddress": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "unspecified": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    "persistent": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
}
_PREFIXES = {"samlp": NS["samlp"], "saml": NS["saml"]}


def authn_request(request_id: str, now: datetime, *, entity_id: str, acs_url: str, destination: str) -> bytes:
    """An AuthnRequest that asks for a POST to our ACS.

    It names no NameIDPolicy and no RequestedAuthnContext: Okta refuses those that differ from its app's own settings.
    """
    root = _message("AuthnRequest", request_id, now, entity_id, destination)
    root.set("AssertionConsumerServiceURL", acs_url)
    root.set("ProtocolBinding", POST)
    return _bytes(root)


def logout_request(request_id: str, now: datetime, *, entity_id: str, destination: str, name_id: str, session_index: str) -> bytes:
    """A LogoutRequest for one session of a person, by the name that the identity provider gave."""
    root = _message("LogoutRequest", request_id, now, entity_id, destination)
    root.set("NotOnOrAfter", stamp(now + timedelta(minutes=5)))
    _child(root, "saml:NameID").text = name_id
    if session_index:
        _child(root, "samlp:SessionIndex").text = session_index
    return _bytes(root)


def logout_response(response_id: str, now: datetime, *, entity_id: str, destination: str, in_response_to: str) -> bytes:
    """A LogoutResponse that says that the sessions have ended."""
    root = _message("LogoutResponse", response_id, now, entity_id, destination)
    root.set("InResponseTo", in_response_to)
    _child(_child(root, "samlp:Status"), "samlp:StatusCode", Value="urn:oasis:names:tc:SAML:2.0:status:Success")
    return _bytes(root)


def sp_metadata(*, entity_id: str, acs_url: str, slo_url: str, name_id_format: str, certificates: list[str]) -> bytes:
    """Our own metadata; `certificates` are bare base64, each for signing and encryption."""
    root = etree.Element(tag("md:EntityDescriptor"), {"entityID": entity_id}, nsmap={"md": NS["md"], "ds": NS["ds"]})
    flags = {"AuthnRequestsSigned": "true", "WantAssertionsSigned": "true", "protocolSupportEnumeration": NS["samlp"]}
    descriptor = _child(root, "md:SPSSODescriptor", **flags)
    for use in ("signing", "encryption"):
        for certificate in certificates:
            key = _child(descriptor, "md:KeyDescriptor", use=use)
            data = _child(_child(key, "ds:KeyInfo"), "ds:X509Data")
            _child(data, "ds:X509Certificate").text = certificate
    for binding in (REDIRECT, POST):
        _child(descriptor, "md:SingleLogoutService", Binding=binding, Location=slo_url)
    _child(descriptor, "md:NameIDFormat").text = NAME_ID_FORMATS[name_id_format]
    _child(descriptor, "md:AssertionConsumerService", Binding=POST, Location=acs_url, index="0", isDefault="true")
    return _bytes(root, declaration=True)


def _message(name: str, message_id: str, now: datetime, entity_id: str, destination: str) -> Element:
    values = {"ID": message_id, "Version": "2.0", "IssueInstant": stamp(now), "Destination": destination}
    root = etree.Element(tag(f"samlp:{name}"), values, nsmap=_PREFIXES)
    _child(root, "saml:Issuer").text = entity_id
    return root


def _child(parent: Element, name: str, **attributes: str) -> Element:
    return etree.SubElement(parent, tag(name), attributes)


def _bytes(root: Element, *, declaration: bool = False) -> bytes:
    content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=declaration)
    return content
