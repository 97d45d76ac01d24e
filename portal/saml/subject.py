"""Who an assertion is about, and that it was made for this browser's request (SAML profiles §4.1.4.2)."""

from __future__ import annotations

from datetime import datetime

from portal.domain.sign_in import Identity
from portal.domain.texts import control_in, one_line
from portal.models import Connection
from portal.profile import SamlAttributes
from portal.saml.refused import Refused
from portal.saml.times import not_before, not_on_or_after
from portal.saml.xml import Element, children, text

BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
LONGEST = 400
# Names that identity providers commonly give the attributes, beside the profile's own.
_FIRST = ("firstName", "givenName", "given_name", "urn:oid:2.5.4.42", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname")
_LAST = ("lastName", "surname", "sn", "family_name", "urn:oid:2.5.4.4", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname")
_MAIL = (
    "email",
    "mail",
    "emailAddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
)


def check_confirmation(assertion: Element, connection: Connection, acs_url: str, request_id: str | None, now: datetime) -> datetime:
    """When the bearer confirmation ends; raises Refused unless one is meant for our ACS, our request and this moment.

    `request_id` None means that we asked for nothing: then the assertion must not answer anything, and the connection must allow it.
    """
    if request_id is None and not connection.allow_idp_initiated:
        raise Refused("unsolicited")
    problem: Refused | None = None
    for confirmation in children(assertion, "saml:Subject", "saml:SubjectConfirmation"):
        data = children(confirmation, "saml:SubjectConfirmationData")
        if confirmation.get("Method") != BEARER or not data:
            continue
        try:
            return _check_data(data[0], acs_url, request_id, now)
        except Refused as error:
            problem = problem or error
    raise problem or Refused("confirmation-missing")


def _check_data(data: Element, acs_url: str, request_id: str | None, now: datetime) -> datetime:
    recipient = data.get("Recipient", "")
    if recipient != acs_url:
        raise Refused("recipient-wrong", said=recipient, expected=acs_url)
    answered = data.get("InResponseTo")
    if answered is None and request_id is not None:
        raise Refused("in-response-to-missing", expected=request_id)
    if answered is not None and answered != request_id:
        raise Refused("in-response-to-wrong", said=answered, expected=request_id or "")
    not_before(data, now)
    until = not_on_or_after(data, now)
    if until is None:
        raise Refused("confirmation-missing", said="no NotOnOrAfter in SubjectConfirmationData")
    return until


def identity(assertion: Element, names: SamlAttributes) -> Identity:
    """The person, by NameID and by the attributes that the profile names, in any letter case; raises Refused.

    Nobody is kept out for an attribute with a line break or another control character. Names lose it; an address with one is passed over,
    for without it, it might be somebody else's.
    """
    name_id = _name_id(assertion)
    attributes = _attributes(assertion)

    def value(*wanted: str) -> str:
        found = (attributes.get(name.casefold(), "") for name in wanted if name)
        return next((item for item in found if item), "")

    email = value(*_MAIL)
    sessions = [item.get("SessionIndex", "") for item in children(assertion, "saml:AuthnStatement")]
    return Identity(
        name_id=name_id,
        email="" if control_in(email) else email,
        first_name=one_line(value(names.first_name, *_FIRST)),
        last_name=one_line(value(names.last_name, *_LAST)),
        role=value(names.role),
        session_index=next((item for item in sessions if item), "")[:LONGEST],
    )


def _name_id(assertion: Element) -> str:
    if children(assertion, "saml:Subject", "saml:EncryptedID"):
        raise Refused("name-id-encrypted")
    found = children(assertion, "saml:Subject", "saml:NameID")
    name_id = text(found[0]) if found else ""
    if not name_id:
        raise Refused("name-id-missing")
    if found[0].get("Format") == TRANSIENT:
        raise Refused("name-id-transient", said=TRANSIENT)
    if len(name_id) > LONGEST:
        raise Refused("name-id-too-long", said=f"{len(name_id)} characters")
    if control := control_in(name_id):
        raise Refused("name-id-control", said=control)
    return name_id


def _attributes(assertion: Element) -> dict[str, str]:
    """The first non-empty value of each attribute, by its name and its friendly name, case-folded."""
    found: dict[str, str] = {}
    for attribute in children(assertion, "saml:AttributeStatement", "saml:Attribute"):
        values = [text(value) for value in children(attribute, "saml:AttributeValue")]
        first = next((value for value in values if value), "")
        for name in (attribute.get("Name", ""), attribute.get("FriendlyName", "")):
            if name and first:
                found.setdefault(name.casefold(), first)
    return found
