"""XML signatures and encryption, as Okta makes them: enveloped, exclusive c14n, RSA."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus, unquote_plus

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree
from xmlsec import constants

from standin.keys import SigningKey
from standin.saml_xml import DS, SAML, Element

ALGORITHMS = {
    "sha256": (constants.TransformRsaSha256, constants.TransformSha256),
    "sha1": (constants.TransformRsaSha1, constants.TransformSha1),
}
URIS = {
    "sha256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "sha1": "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
}
HASHES: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha1": hashes.SHA1()}  # noqa: S303 old Okta apps sign with it


def sign(element: Element, key: SigningKey, algorithm: str) -> None:
    """Signs an element that has an ID, in place; the signature stands after its Issuer."""
    method, digest = ALGORITHMS[algorithm]
    template = xmlsec.template.create(element, constants.TransformExclC14N, method, ns="ds")
    element.find(f"{{{SAML}}}Issuer").addnext(template)
    reference = xmlsec.template.add_reference(template, digest, uri="#" + element.get("ID"))
    xmlsec.template.add_transform(reference, constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, constants.TransformExclC14N)
    info = xmlsec.template.ensure_key_info(template)
    xmlsec.template.add_x509_data(info)
    xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key.private, constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(key.certificate, constants.KeyDataFormatPem)
    context.sign(template)


def signed(element: Element, certificate: str) -> bool:
    """Whether an element carries a valid signature over itself by a certificate's key."""
    signature = element.find(f"{{{DS}}}Signature")
    reference = signature.find(f".//{{{DS}}}Reference") if signature is not None else None
    if reference is None or reference.get("URI") != "#" + element.get("ID", ""):
        return False
    xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate, constants.KeyDataFormatCertPem)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def sign_query(query: str, key: SigningKey, algorithm: str) -> str:
    """A query of the Redirect binding with SigAlg and Signature appended (SAML bindings §3.4.4.1)."""
    text = f"{query}&SigAlg={quote_plus(URIS[algorithm])}"
    private = serialization.load_pem_private_key(key.private.encode(), None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("the signing key is not RSA")
    value = private.sign(text.encode(), padding.PKCS1v15(), HASHES[algorithm])
    return f"{text}&Signature={quote_plus(base64.b64encode(value).decode())}"


def query_signed(raw: str, certificate: str) -> bool:
    """Whether a raw query string of the Redirect binding is signed by a certificate's key."""
    parts = dict(part.partition("=")[::2] for part in raw.split("&"))
    names = [name for name in ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg") if name in parts]
    algorithm = next((name for name, uri in URIS.items() if uri == unquote_plus(parts.get("SigAlg", ""))), "")
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    if not algorithm or not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        value = base64.b64decode(unquote_plus(parts.get("Signature", "")), validate=True)
        key.verify(value, "&".join(f"{name}={parts[name]}" for name in names).encode(), padding.PKCS1v15(), HASHES[algorithm])
    except (InvalidSignature, ValueError):
        return False
    return True


def encrypt(assertion: Element, certificate: str) -> Element:
    """An assertion as EncryptedAssertion: AES-256-CBC, its key by RSA-OAEP for a certificate."""
    shell = etree.Element(f"{{{SAML}}}EncryptedAssertion", nsmap={"saml2": SAML})
    assertion = etree.fromstring(etree.tostring(assertion))
    shell.append(assertion)
    template = xmlsec.template.encrypted_data_create(shell, constants.TransformAes256Cbc, type=constants.TypeEncElement, ns="xenc")
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(info, constants.TransformRsaOaep)
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(certificate, constants.KeyDataFormatCertPem))
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(constants.KeyDataAes, 256, constants.KeyDataTypeSession)
    context.encrypt_xml(template, assertion)
    return shell
