"""XML Encryption by hand: every cipher and key transport that is taken, and what is wrong in each place."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from portal.saml import encryption
from portal.saml.refused import Refused
from portal.saml.xml import BadXml, parse_within
from tests.support.says import NS

CLEAR = b"<a>what was said</a>"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
MGF = {"": hashes.SHA1(), "mgf1sha1": hashes.SHA1(), "mgf1sha256": hashes.SHA256(), "mgf1sha512": hashes.SHA512()}  # noqa: S303 - sound in OAEP
DIGESTS = {"": hashes.SHA1(), "http://www.w3.org/2000/09/xmldsig#sha1": hashes.SHA1(), f"{NS['xenc']}sha256": hashes.SHA256()}  # noqa: S303
XENC11 = encryption.XENC11


def pem(key: Any = KEY) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def sealed(secret: bytes, method: str, clear: bytes = CLEAR, pad: bytes | None = None) -> bytes:
    """The cipher text behind its nonce; `pad` stands behind the clear text of a CBC cipher."""
    if method in encryption.GCM:
        nonce = os.urandom(12)
        return nonce + AESGCM(secret).encrypt(nonce, clear, None)
    start, left = os.urandom(16), 16 - len(clear) % 16
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
    return start + encryptor.update(clear + (bytes(left - 1) + bytes([left]) if pad is None else pad)) + encryptor.finalize()


def encrypted(method: str, *, transport: str = "rsa-oaep-mgf1p", digest: str = "", mask: str = "", **changes: Any) -> Any:
    """A saml:EncryptedAssertion; `changes` are `cipher`, `wrapped`, `secret`, or a name of a digest or mask that is only claimed."""
    secret = changes.get("secret") or os.urandom({**encryption.CBC, **encryption.GCM}[method])
    oaep = padding.OAEP(padding.MGF1(MGF[mask]), DIGESTS[digest], None)
    wrapped = KEY.public_key().encrypt(secret, padding.PKCS1v15() if transport == "rsa-1_5" else oaep)
    inside = f'<ds:DigestMethod Algorithm="{changes.get("digest_named", digest)}"/>' if digest or "digest_named" in changes else ""
    named = changes.get("mask_named", f"{XENC11}{mask}" if mask else "")
    inside += f'<xenc11:MGF Algorithm="{named}"/>' if named else ""
    cipher = changes.get("cipher") or base64.b64encode(sealed(secret, method)).decode()
    space = XENC11 if transport == "rsa-oaep" else NS["xenc"]
    return etree.fromstring(f"""<saml:EncryptedAssertion xmlns:saml="{NS["saml"]}" xmlns:xenc="{NS["xenc"]}" xmlns:ds="{NS["ds"]}"
      xmlns:xenc11="{XENC11}"><xenc:EncryptedData><xenc:EncryptionMethod Algorithm="{method}"/><ds:KeyInfo><xenc:EncryptedKey>
      <xenc:EncryptionMethod Algorithm="{space}{transport}">{inside}</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>{
        changes.get("wrapped") or base64.b64encode(wrapped).decode()
    }</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{cipher}</xenc:CipherValue>
      </xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>""")


def opened(element: Any, keys: list[str] | None = None, *, vouched: bool = False) -> bytes:
    return etree.tostring(encryption.decrypt(element, keys or [pem()], vouched=vouched))


@pytest.mark.parametrize("method", [*encryption.CBC, *encryption.GCM])
def test_each_cipher_is_read(method):
    assert opened(encrypted(method)) == CLEAR
    assert opened(encrypted(method, transport="rsa-1_5"), vouched=True) == CLEAR


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("mask", MGF)
def test_each_key_transport_is_read(digest, mask):
    assert opened(encrypted(f"{XENC11}aes256-gcm", transport="rsa-oaep", digest=digest, mask=mask)) == CLEAR


def test_any_of_several_keys_opens():
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    keys = [pem(ec.generate_private_key(ec.SECP256R1())), pem(other), pem()]
    assert opened(encrypted(f"{NS['xenc']}aes128-cbc"), keys) == CLEAR
    assert refusal(encrypted(f"{NS['xenc']}aes128-cbc"), keys[:2]) == "decryption-failed"


def test_rsa_1_5_is_opened_by_the_key_that_fits_although_another_makes_something_of_it_too():
    other, secret, wrapped = rsa.generate_private_key(public_exponent=65537, key_size=2048), os.urandom(16), b""
    # What a key makes of a cipher text for another one is random, and at times as long as a key is.
    while len(made_of(wrapped, other)) != 16:
        wrapped = KEY.public_key().encrypt(secret, padding.PKCS1v15())
    element = encrypted(GCM, transport="rsa-1_5", secret=secret, wrapped=base64.b64encode(wrapped).decode())
    assert opened(element, [pem(other), pem()], vouched=True) == CLEAR


def made_of(wrapped: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """What a key makes of a cipher text for another one; nothing where that exceeds its modulus."""
    try:
        return key.decrypt(wrapped, padding.PKCS1v15()) if wrapped else b""
    except ValueError:
        return b""


def test_bleichenbacher_learns_nothing_of_rsa_1_5_where_nobody_vouches_for_the_cipher_text():
    """Whatever he submits reads the same, and no private key is even loaded: there is nothing to measure."""
    tries = [base64.b64encode(os.urandom(256)).decode() for _ in range(20)] + ["", "%%%", base64.b64encode(bytes(256)).decode()]
    answers = {refusal(encrypted(CBC, transport="rsa-1_5", wrapped=wrapped), ["no key at all"]) for wrapped in tries}
    assert answers == {"key-transport-unsigned"}


def refusal(element: Any, keys: list[str] | None = None) -> str:
    with pytest.raises(Refused) as refused:
        encryption.decrypt(element, keys or [pem()], vouched=False)
    return refused.value.code


CBC, GCM = f"{NS['xenc']}aes128-cbc", f"{XENC11}aes128-gcm"
SECRET = bytes(range(16))


def padded(pad: bytes, clear: bytes = b"") -> dict[str, Any]:
    return {"secret": SECRET, "cipher": base64.b64encode(sealed(SECRET, CBC, clear, pad)).decode()}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a digest that nobody knows": ({"digest_named": "urn:md5"}, "encryption-algorithm"),
    "a mask that nobody knows": ({"mask_named": "urn:mgf"}, "encryption-algorithm"),
    "another digest than the one used": ({"digest_named": f"{NS['xenc']}sha256"}, "decryption-failed"),
    "padding of no byte": (padded(bytes(16)), "decryption-failed"),
    "padding longer than a block": (padded(bytes(15) + b"\x11"), "decryption-failed"),
    "no block at all": ({"secret": SECRET, "cipher": base64.b64encode(bytes(16)).decode()}, "decryption-failed"),
    "half a block": ({"secret": SECRET, "cipher": base64.b64encode(bytes(24)).decode()}, "decryption-failed"),
    "a nonce only": ({"method": GCM, "cipher": base64.b64encode(bytes(12)).decode()}, "decryption-failed"),
    "text that is no base64": ({"cipher": "%%%"}, "decryption-failed"),
    "a key that is no base64": ({"wrapped": "%%%"}, "decryption-failed"),
    "a key of another size": ({"secret": bytes(24)}, "decryption-failed"),
    "no cipher": ({"cipher": " "}, "decryption-failed"),
    "a clear text that is no element": (padded(bytes(11) + b"\x0c", b"text"), "decryption-failed"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_refused(what):
    changes, code = WRONG[what]
    assert refusal(encrypted(**{"method": CBC, **changes})) == code


@pytest.mark.parametrize("content", [b"<a/><b/>", b"text", b"", b"<a/>text<!-- --><b/>", b"<!-- -->", b"<x:a/>", b"<!DOCTYPE a><a/>"])
def test_what_comes_out_is_one_element(content):
    with pytest.raises(BadXml):
        parse_within(content, etree.fromstring(f'<saml:x xmlns:saml="{NS["saml"]}"/>'))


def test_what_comes_out_may_lean_on_the_names_around_it():
    place = etree.fromstring(f'<saml:x xmlns:saml="{NS["saml"]}"/>')
    assert parse_within(b"<saml:Assertion/>", place).tag == f"{{{NS['saml']}}}Assertion"
