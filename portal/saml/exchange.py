"""The SAML response: from what a browser posted to a verified identity, or a refusal. Pure: clock, keys and tenant are arguments.

The rules are those of SAML core and of the browser SSO profile (SAML profiles §4.1.4.3). Whatever is read of the assertion is read
from the canonical form of an element whose signature was verified.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain.sign_in import Identity
from portal.models import Connection
from portal.profile import SamlAttributes
from portal.saml import conditions, signatures, subject
from portal.saml.encryption import decrypt
from portal.saml.refused import Refused
from portal.saml.schema import follows_assertion_schema
from portal.saml.xml import BadXml, Element, canonical, children, everywhere, parse, tag, text

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


@dataclass(frozen=True)
class Expectation:
    """What the response must be about: our own addresses, and the request it answers (None when we asked for nothing)."""

    acs_url: str
    entity_id: str
    request_id: str | None
    attributes: SamlAttributes


@dataclass(frozen=True)
class Verified:
    """What a valid response says; `valid_until` is when the assertion could not be used any more, replayed or not."""

    identity: Identity
    assertion_id: str
    valid_until: datetime


@dataclass(frozen=True)
class Hints:
    """What an unverified response claims; only good for finding what to verify it against."""

    issuer: str
    request_id: str


def decode(encoded: str) -> bytes:
    """The bytes of a base64 form field (SAML bindings §3.5.4); raises Refused."""
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("not-base64") from None


def read(content: bytes) -> Element:
    """The root of a SAML 2.0 response, nothing of it verified; raises Refused."""
    try:
        root = parse(content)
    except BadXml as error:
        raise Refused(error.code) from None
    if root.tag != tag("samlp:Response") or root.get("Version") != "2.0":
        raise Refused("not-a-response", said=f"{root.tag[:200]} {root.get('Version', '')}")
    return root


def hints(root: Element) -> Hints:
    """Who claims to have sent the response, and in answer to what."""
    issuers = [*children(root, "saml:Issuer"), *children(root, "saml:Assertion", "saml:Issuer")]
    confirmed = children(root, "saml:Assertion", "saml:Subject", "saml:SubjectConfirmation", "saml:SubjectConfirmationData")
    answered = [root.get("InResponseTo", "")] + [item.get("InResponseTo", "") for item in confirmed]
    return Hints(text(issuers[0]) if issuers else "", next((value for value in answered if value), ""))


def verify(root: Element, connection: Connection, expected: Expectation, now: datetime, keys: Sequence[str]) -> Verified:
    """Everything that makes a response trustworthy, apart from its first use; raises Refused with the reason.

    `root` is what `read` returned, `keys` are PEM private keys for encrypted assertions, `now` is the moment to judge by.
    """
    _check_shape(root)
    _check_envelope(root, connection, expected)
    assertion = _trusted_assertion(root, connection, keys)
    if not follows_assertion_schema(assertion):
        raise Refused("schema")
    issuer = text(next(iter(children(assertion, "saml:Issuer")), None))
    if issuer != connection.issuer:
        raise Refused("issuer-wrong", said=issuer, expected=connection.issuer)
    confirmed_until = subject.check_confirmation(assertion, connection, expected.acs_url, expected.request_id, now)
    conditions_until = conditions.check(assertion, expected.entity_id, now)
    return Verified(
        subject.identity(assertion, expected.attributes),
        assertion.get("ID"),
        min(confirmed_until, conditions_until),
    )


def _check_shape(root: Element) -> None:
    """One assertion, where it belongs; signatures only where they cover what is read; no ID twice."""
    status = [code.get("Value", "") for item in children(root, "samlp:Status") for code in item.iter(tag("samlp:StatusCode"))]
    if status[:1] != [SUCCESS]:
        message = text(next(iter(children(root, "samlp:Status", "samlp:StatusMessage")), None))
        raise Refused("status-not-success", said=" ".join([*(code.rpartition(":")[2] for code in status), message]).strip())
    own = [*children(root, "saml:Assertion"), *children(root, "saml:EncryptedAssertion")]
    total = sum(1 for name in ("saml:Assertion", "saml:EncryptedAssertion") for _ in everywhere(root, name))
    if total == 0:
        raise Refused("assertion-missing")
    if total > 1:
        raise Refused("assertions-several", said=f"{total} assertions", expected="1 assertion")
    if not own:
        raise Refused("assertion-misplaced")
    _check_ids(root)
    _check_signature_places(root, own[0])


def _check_ids(root: Element) -> None:
    ids = [value for node in root.iter("*") for name, value in node.attrib.items() if name in ("ID", "Id", "id")]
    if len(ids) != len(set(ids)):
        raise Refused("duplicate-id", said=next(value for value in ids if ids.count(value) > 1))


def _check_signature_places(root: Element, assertion: Element) -> None:
    places = [node.getparent() for node in everywhere(root, "ds:Signature")]
    if any(place is not root and place is not assertion for place in places):
        raise Refused("signature-misplaced")


def _check_envelope(root: Element, connection: Connection, expected: Expectation) -> None:
    """The response around the assertion; what it says must fit even where only the assertion is signed."""
    issuers = children(root, "saml:Issuer")
    if issuers and [text(item) for item in issuers] != [connection.issuer]:
        raise Refused("issuer-wrong", said=text(issuers[0]), expected=connection.issuer)
    destination = root.get("Destination")
    if destination is not None and destination != expected.acs_url:
        raise Refused("destination-wrong", said=destination, expected=expected.acs_url)
    answered = root.get("InResponseTo")
    if answered and answered != expected.request_id:
        raise Refused("in-response-to-wrong", said=answered, expected=expected.request_id or "")


def _trusted_assertion(root: Element, connection: Connection, keys: Sequence[str]) -> Element:
    """The one assertion in canonical form, covered by a verified signature of its own, of the response, or both."""
    signed = signatures.signature_of(root) is not None
    if signed:
        signatures.check(root, connection.certificates, allow_sha1=connection.allow_sha1)
    # From here on a signed response is read in the form that its digest covers.
    response = canonical(root) if signed else root
    encrypted = children(response, "saml:EncryptedAssertion")
    if not encrypted:
        return _checked(children(response, "saml:Assertion")[0], connection, signed)
    if signed:
        return _checked(_opened(encrypted[0], keys, vouched=True), connection, signed)
    try:
        return _checked(_opened(encrypted[0], keys, vouched=False), connection, signed)
    except Refused as error:
        # Nobody vouches for the cipher text, so what went wrong inside is not told: it would make an oracle. Algorithms stand in clear.
        raise error if error.code in ("encryption-algorithm", "key-transport-unsigned") else Refused("decryption-failed") from None


def _opened(encrypted: Element, keys: Sequence[str], *, vouched: bool) -> Element:
    assertion = decrypt(encrypted, keys, vouched=vouched)
    if assertion.tag != tag("saml:Assertion"):
        raise Refused("decryption-failed")
    if sum(1 for _ in everywhere(assertion, "saml:Assertion")) != 1:
        raise Refused("assertions-several")
    _check_ids(assertion)
    _check_signature_places(assertion, assertion)
    return assertion


def _checked(assertion: Element, connection: Connection, response_signed: bool) -> Element:
    """The assertion's canonical form without its signature; one that is there must be valid, whoever signed the response."""
    if signatures.signature_of(assertion) is not None:
        signatures.check(assertion, connection.certificates, allow_sha1=connection.allow_sha1)
    elif not response_signed:
        raise Refused("unsigned")
    return canonical(signatures.without_signature(assertion))
