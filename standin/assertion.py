"""The SAML response that answers a sign-in, in Okta's shape, with the armed fault if there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lxml import etree

from standin.apps import App, Failure
from standin.saml_xml import NAME_ID_FORMATS, SAML, SAMLP, XS, XSI, Element, child, issuer, new_id, serialize, stamp
from standin.signing import encrypt, sign

WINDOW = timedelta(minutes=5)
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


@dataclass(frozen=True)
class Subject:
    """Who signs in, and in answer to what; `request_id` is empty when the IdP began."""

    name_id: str
    attributes: list[tuple[str, str]]
    session_index: str
    request_id: str = ""


@dataclass(frozen=True)
class Terms:
    """What the response says about itself: when, until when, for whom, where to."""

    now: datetime
    audience: str
    recipient: str
    expired: bool = False

    @property
    def end(self) -> datetime:
        """When the assertion ends."""
        return self.now - timedelta(hours=1) if self.expired else self.now + WINDOW

    @property
    def start(self) -> datetime:
        """When the assertion begins."""
        return self.end - 2 * WINDOW


def respond(app: App, subject: Subject, now: datetime, fault: Failure | None = None) -> bytes:
    """A signed response as XML."""
    terms = _terms(Terms(now, app.sign_on.audience, app.sign_on.acs_url), fault)
    unsigned = fault is not None and fault.kind == "unsigned"
    key, settings = app.key_in_use, app.sign_on
    assertion = _assertion(app, subject, terms)
    if settings.sign_assertion and not unsigned:
        sign(assertion, key, settings.algorithm)
    altered = fault is not None and fault.kind == "altered"
    if altered and settings.encryption_cert:
        _alter(assertion)
    response = _response(app, subject, terms)
    if settings.encryption_cert:
        response.append(encrypt(assertion, settings.encryption_cert))
    else:
        response.append(assertion)
    if settings.sign_response and not unsigned:
        sign(response, key, settings.algorithm)
    if altered:
        _alter(response)
    return serialize(response)


def _terms(terms: Terms, fault: Failure | None) -> Terms:
    match fault.kind if fault else "":
        case "clock-skew":
            return replace(terms, now=terms.now + timedelta(minutes=fault.minutes if fault else 0))
        case "wrong-audience":
            return replace(terms, audience="https://somebody-else.example/saml")
        case "wrong-recipient":
            return replace(terms, recipient="https://somebody-else.example/saml/callback")
        case "expired":
            return replace(terms, expired=True)
    return terms


def _response(app: App, subject: Subject, terms: Terms) -> Element:
    attributes = {"Destination": terms.recipient, "ID": new_id()}
    if subject.request_id:
        attributes["InResponseTo"] = subject.request_id
    attributes |= {"IssueInstant": stamp(terms.now), "Version": "2.0"}
    response = etree.Element(f"{{{SAMLP}}}Response", attributes, nsmap={"saml2p": SAMLP})
    issuer(response, app.issuer)
    child(child(response, SAMLP, "Status"), SAMLP, "StatusCode", Value=SUCCESS)
    return response


def _assertion(app: App, subject: Subject, terms: Terms) -> Element:
    assertion = etree.Element(
        f"{{{SAML}}}Assertion",
        {"ID": new_id(), "IssueInstant": stamp(terms.now), "Version": "2.0"},
        nsmap={"saml2": SAML},
    )
    issuer(assertion, app.issuer)
    who = child(assertion, SAML, "Subject")
    child(who, SAML, "NameID", subject.name_id, Format=NAME_ID_FORMATS[app.sign_on.name_id_format])
    confirmation = child(who, SAML, "SubjectConfirmation", Method="urn:oasis:names:tc:SAML:2.0:cm:bearer")
    data = {"InResponseTo": subject.request_id} if subject.request_id else {}
    data |= {"NotOnOrAfter": stamp(terms.end), "Recipient": terms.recipient}
    child(confirmation, SAML, "SubjectConfirmationData", **data)
    conditions = child(assertion, SAML, "Conditions", NotBefore=stamp(terms.start), NotOnOrAfter=stamp(terms.end))
    child(child(conditions, SAML, "AudienceRestriction"), SAML, "Audience", terms.audience)
    statement = child(assertion, SAML, "AuthnStatement", AuthnInstant=stamp(terms.now), SessionIndex=subject.session_index)
    child(child(statement, SAML, "AuthnContext"), SAML, "AuthnContextClassRef", PASSWORD)
    _attributes(assertion, subject.attributes)
    return assertion


def _attributes(assertion: Element, attributes: list[tuple[str, str]]) -> None:
    if not attributes:
        return
    statement = child(assertion, SAML, "AttributeStatement")
    for name, value in attributes:
        attribute = child(statement, SAML, "Attribute", Name=name, NameFormat=BASIC)
        element = etree.SubElement(attribute, f"{{{SAML}}}AttributeValue", nsmap={"xs": XS, "xsi": XSI})
        element.set(f"{{{XSI}}}type", "xs:string")
        element.text = value


def _alter(message: Element) -> None:
    """Changes what was signed: the NameID where it can be read, else the time of the response around it."""
    name_id = message.find(f".//{{{SAML}}}NameID")
    if name_id is None:
        message.set("IssueInstant", "2001-01-01T00:00:00.000Z")
    else:
        name_id.text = "mallory." + (name_id.text or "")
