"""Signing keys: RSA-2048 with a self-signed certificate of ten years, as Okta makes them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from standin.people import Invalid


@dataclass
class SigningKey:
    """A private key and its certificate, both PEM."""

    id: str
    private: str
    certificate: str

    @property
    def certificate_body(self) -> str:
        """The certificate without its frame, as XML carries it."""
        return "".join(line for line in self.certificate.splitlines() if not line.startswith("-----"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in colon-separated hex."""
        return x509.load_pem_x509_certificate(self.certificate.encode()).fingerprint(hashes.SHA256()).hex(":").upper()


def new_key(key_id: str, common_name: str) -> SigningKey:
    """A new key; RSA generation takes a tenth of a second."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Stand-in Okta"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return SigningKey(key_id, pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode())


def read_certificate(text: str) -> str:
    """A certificate as PEM, from PEM or from its bare Base64 body; empty stays empty.

    Raises Invalid when it is none.
    """
    text = text.strip()
    if not text:
        return ""
    if "-----BEGIN" not in text:
        body = "\n".join(textwrap.wrap("".join(text.split()), 64))
        text = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        raise Invalid("This is not an X.509 certificate. Paste or upload it in PEM form.") from None
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
