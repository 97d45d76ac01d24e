"""The HTTP-Redirect binding: a message deflated into a query, signed beside it (SAML bindings §3.4.4)."""

from __future__ import annotations

import base64
import binascii
import zlib
from urllib.parse import unquote_plus, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from portal.saml.refused import Refused
from portal.saml.signatures import SHA1
from portal.saml.xml import LARGEST

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA_SHA256 = f"{_MORE}rsa-sha256"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": hashes.SHA1(),  # noqa: S303 - only where a connection allows it
    **{f"{_MORE}{kind}-sha{size}": hash_ for kind in ("rsa", "ecdsa") for size, hash_ in (
        (256, hashes.SHA256()), (384, hashes.SHA384()), (512, hashes.SHA512()))},
}  # fmt: skip


def location(url: str, name: str, message: bytes, relay_state: str = "", *, key: str = "") -> str:
    """The URL to send a browser to with a message; `name` is SAMLRequest or SAMLResponse, `key` a PEM private key to sign with."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(message) + packer.flush()
    fields = {name: base64.b64encode(packed).decode()}
    if relay_state:
        fields["RelayState"] = relay_state
    query = urlencode({**fields, "SigAlg": RSA_SHA256} if key else fields)
    if key:
        query += "&" + urlencode({"Signature": _sign(query, key)})
    return f"{url}{'&' if '?' in url else '?'}{query}"


def inflate(encoded: str) -> bytes:
    """The message in a query field, inflated to 256 KB at most; raises Refused."""
    try:
        packed = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("not-base64") from None
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        message = inflater.decompress(packed, LARGEST + 1)
    except zlib.error:
        raise Refused("not-deflated") from None
    if len(message) > LARGEST:
        raise Refused("too-large")
    return message


def check(raw_query: str, certificates: list[str], *, allow_sha1: bool) -> None:
    """Raises Refused unless the raw query string is signed by one of the certificates.

    What is signed are the fields as they were encoded, in the standard's order, whatever order they came in.
    """
    pairs = [part.partition("=")[::2] for part in raw_query.split("&")]
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise Refused("signature-misplaced", said="a field stands twice in the query")
    fields = dict(pairs)
    if "Signature" not in fields or "SigAlg" not in fields:
        raise Refused("unsigned")
    algorithm = unquote_plus(fields["SigAlg"])
    if algorithm in SHA1 and not allow_sha1:
        raise Refused("sha1", said=algorithm)
    if algorithm not in _HASHES:
        raise Refused("signature-algorithm", said=algorithm)
    signed = "&".join(f"{name}={fields[name]}" for name in ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg") if name in fields)
    try:
        signature = base64.b64decode("".join(unquote_plus(fields["Signature"]).split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("signature-invalid") from None
    if not any(_fits(pem, algorithm, signature, signed.encode()) for pem in certificates):
        raise Refused("signature-invalid")


def _fits(pem: str, algorithm: str, signature: bytes, signed: bytes) -> bool:
    key, hash_ = load_pem_x509_certificate(pem.encode()).public_key(), _HASHES[algorithm]
    try:
        if isinstance(key, rsa.RSAPublicKey) and "rsa-" in algorithm:
            key.verify(signature, signed, padding.PKCS1v15(), hash_)
        elif isinstance(key, ec.EllipticCurvePublicKey) and "ecdsa-" in algorithm:
            key.verify(signature, signed, ec.ECDSA(hash_))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _sign(query: str, pem: str) -> str:
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the workspace's key is not RSA")
    return base64.b64encode(key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
