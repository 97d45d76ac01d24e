"""SAML names, and XML as Okta writes it."""

from __future__ import annotations

import base64
import secrets
import zlib
from datetime import datetime
from typing import Any

from lxml import etree

from standin.people import Invalid

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
NAME_ID_FORMATS = {
    "unspecified": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    "emailAddress": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "persistent": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "transient": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
}
LARGEST = 200_000
"""Bytes of a message once inflated; far above any real one."""

Element = Any
"""An lxml element; lxml brings no types of its own."""


def new_id() -> str:
    """An id of a message: `id` and digits."""
    return "id" + "".join(str(secrets.randbelow(10)) for _ in range(22))


def stamp(moment: datetime) -> str:
    """A UTC time with milliseconds, like 2026-03-01T09:00:00.000Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def child(parent: Element, namespace: str, name: str, text: str = "", **attributes: str) -> Element:
    """A new child element."""
    element = etree.SubElement(parent, f"{{{namespace}}}{name}", attributes)
    if text:
        element.text = text
    return element


def issuer(parent: Element, value: str) -> Element:
    """The Issuer child, with Okta's Format."""
    element = etree.SubElement(parent, f"{{{SAML}}}Issuer", {"Format": ENTITY}, nsmap={"saml2": SAML})
    element.text = value
    return element


def parse(xml: bytes) -> Element:
    """A message as an element; raises Invalid when it is not XML or has a DOCTYPE."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Invalid("The SAML message is not XML.") from None
    if root.getroottree().docinfo.doctype:
        raise Invalid("The SAML message has a DOCTYPE.")
    return root


def decode(value: str, *, deflated: bool) -> bytes:
    """The XML of a SAMLRequest or SAMLResponse parameter; raises Invalid."""
    try:
        data = base64.b64decode("".join(value.split()), validate=True)
        inflater = zlib.decompressobj(-15)
        xml = inflater.decompress(data, LARGEST) if deflated else data
    except (ValueError, zlib.error):
        raise Invalid("The SAML message cannot be decoded.") from None
    if inflater.unconsumed_tail:
        raise Invalid("The SAML message is too large.")
    return xml


def encode(xml: bytes) -> str:
    """XML for a form field of the POST binding."""
    return base64.b64encode(xml).decode()


def deflate(xml: bytes) -> str:
    """XML for a query parameter of the Redirect binding."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(xml) + packer.flush()).decode()


def serialize(element: Element) -> bytes:
    """An element as bytes, with the XML declaration."""
    return b'<?xml version="1.0" encoding="UTF-8"?>' + bytes(etree.tostring(element, encoding="UTF-8", xml_declaration=False))
