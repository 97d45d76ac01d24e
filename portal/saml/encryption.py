"""Encrypted assertions (XML Encryption 1.1): AES in CBC or GCM, the key by RSA-OAEP or RSA 1.5; nothing is ever fetched.

RSA 1.5 gives away a key to whoever may submit altered cipher texts and sees how each one fails (Bleichenbacher 1998). It is opened only
where a verified signature covers the cipher text: then nobody but the identity provider can submit one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from portal.saml.refused import Refused
from portal.saml.xml import BadXml, Element, children, parse_within, tag, text

XENC, XENC11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"
CBC = {f"{XENC}aes128-cbc": 16, f"{XENC}aes192-cbc": 24, f"{XENC}aes256-cbc": 32}
GCM = {f"{XENC11}aes128-gcm": 16, f"{XENC11}aes192-gcm": 24, f"{XENC11}aes256-gcm": 32}
OAEP = {f"{XENC}rsa-oaep-mgf1p", f"{XENC11}rsa-oaep"}
RSA_1_5 = f"{XENC}rsa-1_5"
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "http://www.w3.org/2000/09/xmldsig#sha1": hashes.SHA1,
    f"{XENC}sha256": hashes.SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384,
    f"{XENC}sha512": hashes.SHA512,
}
_MASKS: dict[str, type[hashes.HashAlgorithm]] = {
    f"{XENC11}mgf1sha1": hashes.SHA1,
    f"{XENC11}mgf1sha256": hashes.SHA256,
    f"{XENC11}mgf1sha384": hashes.SHA384,
    f"{XENC11}mgf1sha512": hashes.SHA512,
}


def decrypt(encrypted: Element, keys: Sequence[str], *, vouched: bool) -> Element:
    """The element inside a saml:EncryptedAssertion, opened with any of the PEM private keys; raises Refused.

    `vouched` says that a verified signature covers the cipher text.
    """
    data = _only(children(encrypted, "xenc:EncryptedData"))
    method = _only(children(data, "xenc:EncryptionMethod")).get("Algorithm", "")
    size = {**CBC, **GCM}.get(method)
    if size is None:
        raise Refused("encryption-algorithm", said=method)
    # The key stands within the data's KeyInfo, or beside the data (SAML core §6.2).
    wrapped = list(data.iter(tag("xenc:EncryptedKey"))) or children(encrypted, "xenc:EncryptedKey")
    unwrap = _Unwrapper(_only(wrapped), vouched)
    secret, cipher = _value(_only(wrapped)), _value(data)
    for pem in keys:
        key = unwrap(pem, secret)
        # RSA 1.5 makes some key of any cipher text, also of one for another private key: only what opens shows which fits.
        if key is not None and len(key) == size and (clear := _open(method, key, cipher)) is not None:
            with suppress(BadXml):
                return parse_within(clear, encrypted)
    raise Refused("decryption-failed")


class _Unwrapper:
    """The key transport that an EncryptedKey names; SHA-1 is the standard's default in RSA-OAEP, and sound there."""

    padding: padding.AsymmetricPadding

    def __init__(self, wrapped: Element, vouched: bool) -> None:
        method = _only(children(wrapped, "xenc:EncryptionMethod"))
        digest = [item.get("Algorithm", "") for item in children(method, "ds:DigestMethod")]
        mask = [item.get("Algorithm", "") for item in children(method, "xenc11:MGF")]
        algorithm = method.get("Algorithm", "")
        if algorithm == RSA_1_5:
            if not vouched:
                raise Refused("key-transport-unsigned")
            self.padding = padding.PKCS1v15()
            return
        chosen, masked = _HASHES.get("".join(digest)), _MASKS.get("".join(mask))
        if algorithm not in OAEP or (digest and not chosen) or (mask and not masked):
            raise Refused("encryption-algorithm", said=" ".join([algorithm, *digest, *mask]))
        self.padding = padding.OAEP(padding.MGF1((masked or hashes.SHA1)()), (chosen or hashes.SHA1)(), None)

    def __call__(self, pem: str, secret: bytes) -> bytes | None:
        key = load_pem_private_key(pem.encode(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            return None
        try:
            return key.decrypt(secret, self.padding)
        except ValueError:
            return None


def _open(method: str, key: bytes, cipher: bytes) -> bytes | None:
    try:
        if method in GCM:
            return AESGCM(key).decrypt(cipher[:12], cipher[12:], None)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(cipher[:16])).decryptor()
        clear = decryptor.update(cipher[16:]) + decryptor.finalize()
    except (ValueError, InvalidTag):
        return None
    # XML Encryption §5.2: the last byte counts the padding, whose other bytes are arbitrary.
    return clear[: -clear[-1]] if clear and 1 <= clear[-1] <= 16 else None


def _value(element: Element) -> bytes:
    """The bytes of the CipherValue; a CipherReference, which would have to be fetched, is refused."""
    value = text(_only(children(element, "xenc:CipherData", "xenc:CipherValue")))
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("decryption-failed") from None


def _only(found: list[Element]) -> Element:
    if len(found) != 1:
        raise Refused("decryption-failed")
    return found[0]
