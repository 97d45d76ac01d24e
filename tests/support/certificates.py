"""Keys and self-signed certificates, made anew for each run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True)
class KeyPair:
    """A private key and its certificate, both as PEM."""

    key: str
    certificate: str

    @property
    def bare_certificate(self) -> str:
        """The certificate as metadata carries it: base64 without lines and armour."""
        return "".join(self.certificate.splitlines()[1:-1])


def key_pair(
    name: str = "idp.example", *, valid_from: timedelta = timedelta(days=-1), days: int = 30, hosts: tuple[str, ...] = ()
) -> KeyPair:
    """An RSA key of 2048 bits with a certificate for `name`, valid `days` days from `valid_from` as of now; `hosts` may be wildcards."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begin = datetime.now(UTC) + valid_from
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    return KeyPair(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode(),
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
    )


def usual_key(name: str = "idp.example") -> KeyPair:
    """A key that tests of a run share, since making one takes a while."""
    return _made(name)


_made = cache(key_pair)
