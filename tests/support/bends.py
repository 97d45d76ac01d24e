"""What an attacker, or a broken identity provider, does to a response; each takes the root and changes it, or returns another one.

A case of `tests/assertions` names one of these as `before` (signing) or `after`.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lxml import etree

from tests.support.certificates import key_pair
from tests.support.says import NS
from tests.support.signing import Seal, sign

Element = Any
EVIL = "evil@acme.example"


def one(root: Element, path: str) -> Element:
    """The first element at a path."""
    found = root.find(path, NS)
    assert found is not None, path
    return found


def _assertion(root: Element) -> Element:
    return one(root, "saml:Assertion")


def _evil(element: Element) -> Element:
    """A copy that says another name under another ID."""
    copy = deepcopy(element)
    copy.set("ID", "id-evil")
    one(copy, ".//saml:NameID").text = EVIL
    return copy


def _without_signature(element: Element) -> Element:
    copy = deepcopy(element)
    copy.remove(one(copy, "ds:Signature"))
    return copy


# The eight forms of signature wrapping, in the usual numbering


def wrap_1(root: Element) -> Element:
    """The response is evil; its signature carries the original response inside."""
    evil = _evil(root)
    one(evil, "ds:Signature").append(_without_signature(root))
    return evil


def wrap_2(root: Element) -> Element:
    """The response is evil; the original response stands before the signature."""
    evil = _evil(root)
    one(evil, "ds:Signature").addprevious(_without_signature(root))
    return evil


def wrap_3(root: Element) -> None:
    """An evil assertion stands before the original one."""
    original = _assertion(root)
    original.addprevious(_without_signature(_evil(original)))


def wrap_4(root: Element) -> None:
    """The original assertion stands inside an evil one."""
    original = _assertion(root)
    evil = _without_signature(_evil(original))
    root.replace(original, evil)
    evil.append(original)


def wrap_5(root: Element) -> None:
    """The evil assertion holds the signature; the original without it stands at the end."""
    original = _assertion(root)
    root.replace(original, _evil(original))
    root.append(_without_signature(original))


def wrap_6(root: Element) -> None:
    """The evil assertion holds the signature, and the signature holds the original."""
    original = _assertion(root)
    evil = _evil(original)
    root.replace(original, evil)
    one(evil, "ds:Signature").append(_without_signature(original))


def wrap_7(root: Element) -> None:
    """An evil assertion stands in Extensions before the original one."""
    original = _assertion(root)
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    extensions.append(_without_signature(_evil(original)))
    original.addprevious(extensions)


def wrap_8(root: Element) -> None:
    """The original assertion stands in an Object of the evil one's signature."""
    original = _assertion(root)
    evil = _evil(original)
    root.replace(original, evil)
    etree.SubElement(one(evil, "ds:Signature"), f"{{{NS['ds']}}}Object").append(_without_signature(original))


def wrap_same_id(root: Element) -> None:
    """The evil assertion has the original's ID, and the original hides in Extensions as another element's child."""
    original = _assertion(root)
    evil = _without_signature(_evil(original))
    evil.set("ID", original.get("ID"))
    root.replace(original, evil)
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    holder = etree.SubElement(extensions, "holder", {"ID": original.get("ID")})
    holder.append(one(original, "ds:Signature"))
    evil.addprevious(extensions)


def rewrap_envelope(root: Element) -> None:
    """Another response around a signed assertion, which claims to answer another request."""
    root.set("InResponseTo", "id-of-another-request")


def confirm_beside(root: Element) -> None:
    """The envelope answers our request, the signed assertion inside answers another."""
    root.set("InResponseTo", "id-request")


# Signatures that do not cover what is read


def alter(root: Element) -> None:
    """The name is changed after signing."""
    one(root, ".//saml:NameID").text = EVIL


def alter_attribute(root: Element) -> None:
    """An attribute is changed after signing."""
    one(root, ".//saml:AttributeValue").text = "admin"


def alter_digest(root: Element) -> None:
    """The name and the digest are changed, the signature value is not."""
    alter(root)
    one(root, ".//ds:DigestValue").text = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def strip(root: Element) -> None:
    """Every signature is removed."""
    for signature in root.findall(".//ds:Signature", NS):
        signature.getparent().remove(signature)


def strip_assertion(root: Element) -> None:
    """The assertion's signature is removed; the response's would not fit any more, so it goes, too."""
    strip(root)


def keep_only_values(root: Element) -> None:
    """The signature loses its SignedInfo."""
    signature = one(root, "ds:Signature")
    signature.remove(one(signature, "ds:SignedInfo"))


def empty_reference(root: Element) -> None:
    """The signature refers to the whole document instead of the element's ID."""
    one(root, ".//ds:Reference").set("URI", "")


def second_reference(root: Element) -> None:
    """The signature covers two elements."""
    reference = one(root, ".//ds:Reference")
    reference.addnext(deepcopy(reference))


def two_signatures(root: Element) -> None:
    """The response has two signatures of its own."""
    signature = one(root, "ds:Signature")
    signature.addnext(deepcopy(signature))


def borrow_signature(root: Element) -> None:
    """The assertion's signature stands in the response."""
    signature = one(root, "saml:Assertion/ds:Signature")
    one(root, "saml:Issuer").addnext(signature)


def signature_elsewhere(root: Element) -> None:
    """The assertion's signature stands in its subject."""
    one(root, "saml:Assertion/saml:Subject").append(one(root, "saml:Assertion/ds:Signature"))


def xslt(root: Element) -> None:
    """A transform would run a stylesheet over what is digested."""
    one(root, ".//ds:Transform").set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")


def xpath(root: Element) -> None:
    """A transform would choose what is digested."""
    one(root, ".//ds:Transform").set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")


def unknown_digest(root: Element) -> None:
    """The digest is MD5."""
    one(root, ".//ds:DigestMethod").set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#md5")


def comment_in_digest(root: Element) -> None:
    """A comment splits the digest."""
    value = one(root, ".//ds:DigestValue")
    value.append(etree.Comment("x"))


def resign(root: Element) -> None:
    """An attacker signs an altered response with a key of their own, and sends its certificate along."""
    strip(root)
    alter(root)
    own = key_pair("idp.example")
    sign(_assertion(root), own, Seal())
    sign(root, own, Seal())


def fill_unsigned_gap(root: Element) -> None:
    """A second, unsigned assertion follows the signed one."""
    root.append(_without_signature(_evil(_assertion(root))))


# Names with something inside


def comment_in_name(root: Element) -> None:
    """A comment splits the name after signing; signatures do not cover comments."""
    name = one(root, ".//saml:NameID")
    whole = name.text
    name.text = whole[:3]
    comment = etree.Comment("")
    comment.tail = whole[3:]
    name.append(comment)


def instruction_in_name(root: Element) -> None:
    """A processing instruction splits the name."""
    name = one(root, ".//saml:NameID")
    instruction = etree.ProcessingInstruction("x")
    instruction.tail, name.text = name.text[3:], name.text[:3]
    name.append(instruction)


def spaces_around_name(root: Element) -> None:
    """Line ends and spaces stand around the name."""
    name = one(root, ".//saml:NameID")
    name.text = f"\n    {name.text}\n  "


def encrypted_name(root: Element) -> None:
    """The name is encrypted on its own."""
    name = one(root, ".//saml:NameID")
    shell = etree.Element(f"{{{NS['saml']}}}EncryptedID")
    data = etree.SubElement(shell, f"{{{NS['xenc']}}}EncryptedData")
    etree.SubElement(etree.SubElement(data, f"{{{NS['xenc']}}}CipherData"), f"{{{NS['xenc']}}}CipherValue").text = "AAAA"
    name.getparent().replace(name, shell)
