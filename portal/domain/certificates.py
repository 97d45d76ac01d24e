"""X.509 certificates: of identity providers, read and checked, and of workspaces, made."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from portal.domain.errors import Invalid

SMALLEST_RSA = 2048
_ARMOUR = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)


def read(text: str) -> list[str]:
    """The certificates in a text as PEM: with armour, several in a row, or one as bare base64; raises Invalid."""
    blocks = _ARMOUR.findall(text)
    if any("PRIVATE KEY" in kind for kind, _ in blocks):
        raise Invalid("This contains a private key. Paste the certificate only, and make a new key in Okta.", field="certificate")
    bodies = [body for kind, body in blocks if kind == "CERTIFICATE"] if blocks else [text]
    found = list(dict.fromkeys(from_base64(body) for body in bodies))
    if not found:
        raise Invalid("This is not a certificate. Paste Okta's X.509 certificate, from BEGIN to END.", field="certificate")
    return found


def from_base64(body: str) -> str:
    """One certificate as PEM from base64 without armour, as metadata carries it; raises Invalid."""
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(body.split()), validate=True))
        key = certificate.public_key()
    except (binascii.Error, ValueError, TypeError):
        raise Invalid("This is not a certificate. Paste Okta's X.509 certificate, from BEGIN to END.", field="certificate") from None
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SMALLEST_RSA:
        raise Invalid(f"The certificate's RSA key has {key.key_size} bits; {SMALLEST_RSA} are the least.", field="certificate")
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise Invalid("The certificate's key is neither RSA nor elliptic curve.", field="certificate")
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def ends(pem: str) -> datetime:
    """When the certificate ends."""
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def days_left(pem: str, now: datetime) -> int:
    """Whole days until the certificate ends; negative when it has ended."""
    return (ends(pem) - now).days


def fingerprint(pem: str) -> str:
    """The SHA-256 of the certificate as pairs of hex digits, as Okta shows it."""
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex(":").upper()


def bare(pem: str) -> str:
    """The certificate without armour and line ends, as metadata carries it."""
    return "".join(pem.strip().splitlines()[1:-1])


def make(name: str, now: datetime, lifetime: timedelta) -> tuple[str, bytes]:
    """A self-signed certificate for `name` as PEM and its RSA key of 2048 bits as PKCS#8 PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=SMALLEST_RSA)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + lifetime)
    )
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate, plain
