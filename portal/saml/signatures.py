"""XML signatures: valid, by a known certificate, over exactly the element that is read (SAML core §5.4)."""

from __future__ import annotations

import xmlsec
from lxml import etree

from portal.saml.refused import Refused
from portal.saml.xml import Element, alone, children, tag

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SHA1 = {"http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1"}
SIGNATURES = {f"http://www.w3.org/2001/04/xmldsig-more#{name}" for name in (
    "rsa-sha256", "rsa-sha384", "rsa-sha512", "ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512")}  # fmt: skip
DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
}


def signature_of(element: Element) -> Element | None:
    """The element's own signature, or None; raises Refused when there are several."""
    found = children(element, "ds:Signature")
    if len(found) > 1:
        raise Refused("signature-misplaced")
    return found[0] if found else None


def check(element: Element, certificates: list[str], *, allow_sha1: bool) -> None:
    """Raises Refused unless the element's own signature covers it and fits one of the PEM certificates.

    The element is verified as a document of its own, so that no other part of the message can stand in for it.
    """
    root = alone(element)
    signature = signature_of(root)
    if signature is None:
        raise Refused("unsigned")
    _check_shape(root, signature)
    _check_algorithms(signature, allow_sha1)
    xmlsec.tree.add_ids(root, ["ID"])
    if not any(_fits(signature, certificate) for certificate in certificates):
        raise Refused("signature-invalid")


def without_signature(element: Element) -> Element:
    """A copy of the element without its own signature."""
    copy = alone(element)
    for signature in children(copy, "ds:Signature"):
        copy.remove(signature)
    return copy


def _check_shape(root: Element, signature: Element) -> None:
    references = list(signature.iter(tag("ds:Reference")))
    own_id = root.get("ID") or ""
    if len(references) != 1 or not own_id or references[0].get("URI") != f"#{own_id}":
        raise Refused("signature-misplaced", said=f"signs {[item.get('URI') for item in references]}", expected=f"signs #{own_id}")
    parts = [child.tag for child in signature]
    wanted = [tag("ds:SignedInfo"), tag("ds:SignatureValue")]
    if parts[:2] != wanted or set(parts[2:]) - {tag("ds:KeyInfo")} or any(True for _ in signature.iter(etree.Comment)):
        raise Refused("signature-misplaced")


def _check_algorithms(signature: Element, allow_sha1: bool) -> None:
    method, digest = _algorithm(signature, "SignatureMethod"), _algorithm(signature, "Reference", "DigestMethod")
    if {method, digest} & SHA1 and not allow_sha1:
        raise Refused("sha1", said=f"{method} {digest}")
    if method not in SIGNATURES | SHA1 or digest not in DIGESTS | SHA1:
        raise Refused("signature-algorithm", said=f"{method} {digest}")
    transforms = children(signature, "ds:SignedInfo", "ds:Reference", "ds:Transforms", "ds:Transform")
    named = [item.get("Algorithm", "") for item in transforms] + [_algorithm(signature, "CanonicalizationMethod")]
    if set(named) - {EXCLUSIVE, ENVELOPED} or ENVELOPED not in named or len(transforms) > 2:
        raise Refused("signature-algorithm", said=" ".join(named))


def _algorithm(signature: Element, *path: str) -> str:
    found = children(signature, "ds:SignedInfo", *[f"ds:{name}" for name in path])
    return found[0].get("Algorithm", "") if len(found) == 1 else ""


def _fits(signature: Element, certificate: str) -> bool:
    context = xmlsec.SignatureContext()
    try:
        context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True
