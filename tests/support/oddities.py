"""What an identity provider itself says oddly: changes to a response before it is signed; `bends` has what is done to it afterwards."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from tests.support.bends import Element, _assertion, one
from tests.support.certificates import usual_key
from tests.support.idp import IdentityProvider
from tests.support.says import NS


def second_audience(root: Element) -> None:
    """One restriction names two services."""
    restriction = one(root, ".//saml:AudienceRestriction")
    restriction.insert(0, deepcopy(restriction[0]))
    restriction[0].text = "somebody-else"


def second_restriction(root: Element) -> None:
    """A second restriction names another service only: both must hold."""
    restriction = one(root, ".//saml:AudienceRestriction")
    other = deepcopy(restriction)
    other[0].text = "somebody-else"
    restriction.addnext(other)


def other_confirmation_first(root: Element) -> None:
    """A confirmation for another recipient stands before ours."""
    confirmation = one(root, ".//saml:SubjectConfirmation")
    other = deepcopy(confirmation)
    other[0].set("Recipient", "https://elsewhere.example/acs")
    confirmation.addprevious(other)


def no_confirmation(root: Element) -> None:
    """Nobody confirms the subject."""
    confirmation = one(root, ".//saml:SubjectConfirmation")
    confirmation.getparent().remove(confirmation)


def no_end_of_confirmation(root: Element) -> None:
    """The confirmation never ends."""
    del one(root, ".//saml:SubjectConfirmationData").attrib["NotOnOrAfter"]


def confirmation_not_yet(root: Element) -> None:
    """The confirmation begins next century."""
    one(root, ".//saml:SubjectConfirmationData").set("NotBefore", "2126-01-01T00:00:00Z")


def unreadable_time(root: Element) -> None:
    """A time is no time."""
    one(root, ".//saml:Conditions").set("NotOnOrAfter", "2026-02-30T25:00:00Z")


def far_future(root: Element) -> None:
    """The assertion claims to hold as long as a time can be written."""
    one(root, ".//saml:Conditions").set("NotOnOrAfter", "9999-12-31T23:59:59.999999Z")
    one(root, ".//saml:SubjectConfirmationData").set("NotOnOrAfter", "9999-12-31T23:59:59Z")


def no_times_in_conditions(root: Element) -> None:
    """The conditions name no times."""
    for name in ("NotBefore", "NotOnOrAfter"):
        del one(root, ".//saml:Conditions").attrib[name]


def no_statement(root: Element) -> None:
    """Nobody is said to have authenticated."""
    statement = one(root, ".//saml:AuthnStatement")
    statement.getparent().remove(statement)


def unknown_condition(root: Element) -> None:
    """A condition that nobody knows."""
    condition = etree.SubElement(one(root, ".//saml:Conditions"), f"{{{NS['saml']}}}Condition")
    condition.set("{http://www.w3.org/2001/XMLSchema-instance}type", "saml:OneTimeUseType")


def against_the_schema(root: Element) -> None:
    """An attribute that assertions do not have."""
    _assertion(root).set("Superuser", "true")


def typed_values(root: Element) -> None:
    """Attribute values carry a type whose prefix the canonical form leaves out."""
    for value in root.findall(".//saml:AttributeValue", NS):
        value.set("{http://www.w3.org/2001/XMLSchema-instance}type", "xs:string")


def two_assertions(root: Element) -> None:
    """Two assertions, both signed with the response."""
    other = deepcopy(_assertion(root))
    other.set("ID", "id-second")
    root.append(other)


def in_extensions(root: Element) -> None:
    """The only assertion stands in Extensions."""
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    assertion = _assertion(root)
    assertion.addprevious(extensions)
    extensions.append(assertion)


def same_id_twice(root: Element) -> None:
    """Assertion and response have the same ID."""
    _assertion(root).set("ID", root.get("ID"))


def no_assertion(root: Element) -> None:
    """Success without an assertion."""
    root.remove(_assertion(root))


def old_version(root: Element) -> None:
    """SAML 1.1."""
    root.set("Version", "1.1")


def logout_response(root: Element) -> None:
    """Another message of the same protocol."""
    root.tag = f"{{{NS['samlp']}}}LogoutResponse"


def many_attributes(root: Element) -> None:
    """More elements than anybody needs."""
    statement = etree.SubElement(_assertion(root), f"{{{NS['saml']}}}AttributeStatement")
    for _ in range(6000):
        etree.SubElement(statement, f"{{{NS['saml']}}}A")


def long_attribute(root: Element) -> None:
    """A text of 300 KB."""
    one(root, ".//saml:NameID").text = "a" * 300_000


def deep(root: Element) -> None:
    """A thousand elements inside each other."""
    inner = etree.SubElement(root, f"{{{NS['samlp']}}}Extensions")
    for _ in range(100):
        inner = etree.SubElement(inner, "deeper")


def altered_cipher(root: Element) -> None:
    """A byte of the cipher text is changed, as somebody would who looks for a padding oracle."""
    _altered(one(root, "saml:EncryptedAssertion/xenc:EncryptedData/xenc:CipherData/xenc:CipherValue"))


def altered_key(root: Element) -> None:
    """A byte of the encrypted key is changed, as Bleichenbacher would."""
    _altered(one(root, ".//xenc:EncryptedKey/xenc:CipherData/xenc:CipherValue"))


def _altered(value: Element) -> None:
    text = "".join(value.text.split())
    value.text = text[:40] + ("B" if text[40] != "B" else "C") + text[41:]


def cipher_reference(root: Element) -> None:
    """The cipher text would have to be fetched from elsewhere."""
    data = one(root, "saml:EncryptedAssertion/xenc:EncryptedData/xenc:CipherData")
    data.remove(data[0])
    etree.SubElement(data, f"{{{NS['xenc']}}}CipherReference").set("URI", "http://127.0.0.1:1/secret")


def key_beside(root: Element) -> Element:
    """The encrypted key stands beside the data, and the data points to it."""
    root = etree.fromstring(etree.tostring(root))
    data = one(root, "saml:EncryptedAssertion/xenc:EncryptedData")
    key = one(data, "ds:KeyInfo/xenc:EncryptedKey")
    key.set("Id", "id-key")
    retrieval = etree.Element(f"{{{NS['ds']}}}RetrievalMethod", {"Type": f"{NS['xenc']}EncryptedKey", "URI": "#id-key"})
    key.getparent().replace(key, retrieval)
    data.addnext(key)
    return root


def other_key() -> IdentityProvider:
    """An identity provider with the same name and another key."""
    return IdentityProvider(key=usual_key("another.example"))
