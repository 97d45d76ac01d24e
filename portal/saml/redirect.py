"""The HTTP-Redirect binding: a message deflated into a query, signed beside it (SAML bindings §3.4.4)."""

from __future__ import annotations

import base64
import zlib
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


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


def _sign(query: str, pem: str) -> str:
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the workspace's key is not RSA")
    return base64.b64encode(key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
