"""What is done to signatures and to what is encrypted, beyond `bends`: shapes that a verifier could overlook.

`inside` functions of a case change the clear assertion just before it is encrypted; they may return another element.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone

from lxml import etree

from tests.support.bends import Element, _assertion, one
from tests.support.certificates import key_pair
from tests.support.says import NS
from tests.support.signing import Seal, sign

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"


def _first(root: Element, name: str) -> Element:
    return one(root, f".//ds:{name}")


# Signatures of an unusual shape; the digest of an enveloped signature does not cover the signature itself


def value_first(root: Element) -> None:
    """The signature's value stands before what is signed."""
    info = one(root, "ds:Signature/ds:SignedInfo")
    info.addprevious(one(root, "ds:Signature/ds:SignatureValue"))


def object_in_signature(root: Element) -> None:
    """The signature carries an object, which no digest covers."""
    etree.SubElement(one(root, "ds:Signature"), f"{{{NS['ds']}}}Object").text = "anything"


def second_transform_chooses(root: Element) -> None:
    """The first transform is the usual one, the second would choose what is digested."""
    root.findall(".//ds:Transform", NS)[1].set("Algorithm", XPATH)


def not_enveloped(root: Element) -> None:
    """The transform that leaves the signature out is missing."""
    transform = _first(root, "Transform")
    transform.getparent().remove(transform)


def third_transform(root: Element) -> None:
    """A transform too many."""
    transform = root.findall(".//ds:Transform", NS)[1]
    transform.addnext(deepcopy(transform))


def other_canonical_form(root: Element) -> None:
    """What is signed would be read in another canonical form, with comments."""
    _first(root, "CanonicalizationMethod").set("Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments")


def no_method(root: Element) -> None:
    """The signature does not say how it was made."""
    method = _first(root, "SignatureMethod")
    method.getparent().remove(method)


def no_id(root: Element) -> None:
    """The response has no ID, and the signature refers to none."""
    del root.attrib["ID"]
    one(root, "ds:Signature/ds:SignedInfo/ds:Reference").set("URI", "#")


def signed_by_another(root: Element) -> None:
    """The assertion is signed by a key that the connection does not know."""
    sign(_assertion(root), key_pair("another.example"), Seal())


# What an encrypted assertion may hide


def renamed(assertion: Element) -> None:
    """Something else than an assertion."""
    assertion.tag = f"{{{NS['saml']}}}Advice"


def another_within(assertion: Element) -> None:
    """An assertion with another one as its advice."""
    inner = deepcopy(assertion)
    inner.set("ID", "id-inner")
    etree.SubElement(assertion, f"{{{NS['saml']}}}Advice").append(inner)


def same_id_within(assertion: Element) -> None:
    """Two elements with the same ID."""
    one(assertion, "saml:Subject").set("ID", assertion.get("ID"))


def signature_within(assertion: Element) -> None:
    """A signature that covers something else than the assertion."""
    one(assertion, "saml:Subject").append(one(assertion, "ds:Signature"))


def another_cipher_named(root: Element) -> None:
    """The cipher that is named takes a longer key than the one that came."""
    method = one(root, "saml:EncryptedAssertion/xenc:EncryptedData/xenc:EncryptionMethod")
    method.set("Algorithm", f"{NS['xenc']}aes256-cbc")


# Times, subjects, attributes


def conditions_not_yet(root: Element) -> None:
    """Only the conditions begin later."""
    one(root, ".//saml:Conditions").set("NotBefore", "2126-01-01T00:00:00Z")


def hour_24(root: Element) -> None:
    """The end of a day, as XML may write it and as few can read it."""
    one(root, ".//saml:Conditions").set("NotOnOrAfter", "2126-01-01T24:00:00Z")


def in_another_zone(root: Element) -> None:
    """Times are given with an offset from UTC."""
    zone = timezone(timedelta(hours=5, minutes=30))
    for node in root.iter("*"):
        for name in {"IssueInstant", "NotBefore", "NotOnOrAfter", "AuthnInstant"} & set(node.attrib):
            node.set(name, datetime.fromisoformat(node.get(name)).astimezone(zone).isoformat(timespec="seconds"))


def without_zone(root: Element) -> None:
    """Times are given without a zone, which means UTC."""
    for node in root.iter("*"):
        for name in {"IssueInstant", "NotBefore", "NotOnOrAfter"} & set(node.attrib):
            moment = datetime.fromisoformat(node.get(name)).astimezone(UTC)
            node.set(name, moment.replace(tzinfo=None).isoformat(timespec="seconds"))


def no_data(root: Element) -> None:
    """The confirmation says nothing."""
    data = one(root, ".//saml:SubjectConfirmationData")
    data.getparent().remove(data)


def two_wrong_confirmations(root: Element) -> None:
    """Two confirmations, neither for us; the first one tells why."""
    confirmation = one(root, ".//saml:SubjectConfirmation")
    other = deepcopy(confirmation)
    other[0].set("InResponseTo", "id-other")
    confirmation.addnext(other)
    confirmation[0].set("Recipient", "https://elsewhere.example/acs")


def long_name(root: Element) -> None:
    """A name of 401 characters."""
    one(root, ".//saml:NameID").text = "a" * 401


def empty_values_first(root: Element) -> None:
    """Each attribute has an empty value before the one that counts, and comes once more with nothing."""
    for attribute in root.findall(".//saml:Attribute", NS):
        attribute.addprevious(etree.Element(attribute.tag, dict(attribute.attrib)))
        attribute.insert(0, etree.Element(f"{{{NS['saml']}}}AttributeValue"))


def very_deep(root: Element) -> None:
    """More elements inside each other than the parser itself goes through."""
    inner = etree.SubElement(root, f"{{{NS['samlp']}}}Extensions")
    for _ in range(300):
        inner = etree.SubElement(inner, "deeper")
