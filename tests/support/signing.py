"""Signs elements and encrypts assertions, by any algorithm that a test names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import xmlsec
from lxml import etree

from tests.support.certificates import KeyPair
from tests.support.says import NS, Element, tag

TRANSFORMS = {
    "rsa-sha256": xmlsec.constants.TransformRsaSha256,
    "rsa-sha1": xmlsec.constants.TransformRsaSha1,
    "rsa-sha512": xmlsec.constants.TransformRsaSha512,
    "hmac-sha256": xmlsec.constants.TransformHmacSha256,
    "sha256": xmlsec.constants.TransformSha256,
    "sha1": xmlsec.constants.TransformSha1,
    "sha512": xmlsec.constants.TransformSha512,
    "aes128-cbc": xmlsec.constants.TransformAes128Cbc,
    "aes256-cbc": xmlsec.constants.TransformAes256Cbc,
    "aes256-gcm": xmlsec.constants.TransformAes256Gcm,
    "rsa-oaep": xmlsec.constants.TransformRsaOaep,
    "rsa-1_5": xmlsec.constants.TransformRsaPkcs1,
    "3des": xmlsec.constants.TransformDes3Cbc,
}


@dataclass(frozen=True)
class Seal:
    """How a response is signed and encrypted."""

    response: bool = True
    assertion: bool = True
    method: str = "rsa-sha256"
    digest: str = "sha256"
    encrypt_for: str = ""
    cipher: str = "aes256-cbc"
    transport: str = "rsa-oaep"


def sign(element: Element, key: KeyPair, seal: Seal) -> None:
    """Signs an element that has an ID; the signature stands after its Issuer."""
    template = xmlsec.template.create(element, xmlsec.constants.TransformExclC14N, TRANSFORMS[seal.method], ns="ds")
    issuer = element.find("saml:Issuer", NS)
    if issuer is None:
        element.insert(0, template)
    else:
        issuer.addnext(template)
    reference = xmlsec.template.add_reference(template, TRANSFORMS[seal.digest], uri=f"#{element.get('ID')}")
    for transform in (xmlsec.constants.TransformEnveloped, xmlsec.constants.TransformExclC14N):
        xmlsec.template.add_transform(reference, transform)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(template))
    xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = _signing_key(key, seal.method)
    context.sign(template)


def _signing_key(key: KeyPair, method: str) -> Any:
    if method.startswith("hmac"):
        # The classic confusion: what everybody knows, the certificate, taken as a shared secret.
        return xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, key.certificate.encode())
    loaded = xmlsec.Key.from_memory(key.key, xmlsec.constants.KeyDataFormatPem)
    loaded.load_cert_from_memory(key.certificate, xmlsec.constants.KeyDataFormatPem)
    return loaded


def encrypt(assertion: Element, seal: Seal) -> None:
    """Puts an EncryptedAssertion in the assertion's place."""
    shell = etree.Element(tag("saml:EncryptedAssertion"), nsmap={"saml": NS["saml"]})
    assertion.getparent().replace(assertion, shell)
    alone = etree.fromstring(etree.tostring(assertion))
    shell.append(alone)
    data = xmlsec.template.encrypted_data_create(shell, TRANSFORMS[seal.cipher], type=xmlsec.constants.TypeEncElement, ns="xenc")
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    xmlsec.template.encrypted_data_ensure_cipher_value(xmlsec.template.add_encrypted_key(info, TRANSFORMS[seal.transport]))
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(seal.encrypt_for, xmlsec.constants.KeyDataFormatCertPem))
    context = xmlsec.EncryptionContext(manager)
    kind, bits = (xmlsec.constants.KeyDataDes, 192) if seal.cipher == "3des" else (xmlsec.constants.KeyDataAes, int(seal.cipher[3:6]))
    context.key = xmlsec.Key.generate(kind, bits, xmlsec.constants.KeyDataTypeSession)
    context.encrypt_xml(data, alone)
