"""What a SAML response says, and the XML it is said in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from lxml import etree

Element = Any
NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


@dataclass(frozen=True)
class Says:
    """What a response says; None leaves the element or attribute out."""

    acs_url: str = "http://acme.portal.localhost:5000/users/auth/saml/callback"
    entity_id: str | None = "productboard"
    request_id: str | None = None
    name_id: str | None = "ada@acme.example"
    name_id_format: str = EMAIL
    issuer: str = "http://www.okta.com/exk1"
    response_issuer: str | None = "the same"
    destination: str | None = "the same"
    recipient: str | None = "the same"
    in_response_to: str | None = "the same"
    confirmed_request: str | None = "the same"
    status: str = "Success"
    now: datetime | None = None
    lifetime: timedelta = timedelta(minutes=5)
    session_until: datetime | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    method: str = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    session_index: str = "id-session-1"

    def moment(self) -> datetime:
        """When it is said."""
        return self.now or datetime.now(UTC)


def response_element(says: Says) -> Element:
    """The response, unsigned."""
    same = {"destination": says.acs_url, "recipient": says.acs_url, "in_response_to": says.request_id, "confirmed_request": says.request_id}
    chosen = {name: value if getattr(says, name) == "the same" else getattr(says, name) for name, value in same.items()}
    stamp = stamped(says.moment())
    status = f"urn:oasis:names:tc:SAML:2.0:status:{says.status}"
    root = etree.Element(tag("samlp:Response"), nsmap={"samlp": NS["samlp"], "saml": NS["saml"]})
    put(root, ID=new_id(), Version="2.0", IssueInstant=stamp, Destination=chosen["destination"], InResponseTo=chosen["in_response_to"])
    issuer = says.issuer if says.response_issuer == "the same" else says.response_issuer
    if issuer is not None:
        add(root, "saml:Issuer", issuer)
    add(add(root, "samlp:Status"), "samlp:StatusCode", Value=status)
    if says.status == "Success":
        root.append(_assertion(says, stamp, chosen))
    return root


def _assertion(says: Says, stamp: str, chosen: dict[str, str | None]) -> Element:
    assertion = etree.Element(tag("saml:Assertion"), nsmap={"saml": NS["saml"]})
    put(assertion, ID=new_id(), Version="2.0", IssueInstant=stamp)
    add(assertion, "saml:Issuer", says.issuer)
    until = stamped(says.moment() + says.lifetime)
    subject = add(assertion, "saml:Subject")
    if says.name_id is not None:
        add(subject, "saml:NameID", says.name_id, Format=says.name_id_format)
    confirmation = add(subject, "saml:SubjectConfirmation", Method=says.method)
    data = {"NotOnOrAfter": until, "Recipient": chosen["recipient"], "InResponseTo": chosen["confirmed_request"]}
    add(confirmation, "saml:SubjectConfirmationData", **data)
    conditions = add(assertion, "saml:Conditions", NotBefore=stamped(says.moment() - timedelta(minutes=5)), NotOnOrAfter=until)
    if says.entity_id is not None:
        add(add(conditions, "saml:AudienceRestriction"), "saml:Audience", says.entity_id)
    ends = stamped(says.session_until) if says.session_until else None
    statement = add(assertion, "saml:AuthnStatement", AuthnInstant=stamp, SessionIndex=says.session_index, SessionNotOnOrAfter=ends)
    password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    add(add(statement, "saml:AuthnContext"), "saml:AuthnContextClassRef", password)
    if says.attributes:
        attributes = add(assertion, "saml:AttributeStatement")
        for name, value in says.attributes.items():
            add(add(attributes, "saml:Attribute", Name=name), "saml:AttributeValue", value)
    return assertion


def tag(name: str) -> str:
    """A name with its prefix, as lxml writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def add(parent: Element, name: str, text: str | None = None, **attributes: str | None) -> Element:
    """A new child; attributes that are None are left out."""
    child = etree.SubElement(parent, tag(name))
    child.text = text
    put(child, **attributes)
    return child


def put(element: Element, **attributes: str | None) -> None:
    """Sets attributes; those that are None are left out."""
    for name, value in attributes.items():
        if value is not None:
            element.set(name, value)


def new_id() -> str:
    """An id for an element."""
    return f"id{uuid4().hex}"


def stamped(moment: datetime) -> str:
    """A moment as SAML writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
