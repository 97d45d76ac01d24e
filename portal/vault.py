"""Secrets: made, hashed, compared and encrypted in one place."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_hasher = PasswordHasher()
# Verified when there is no such member, so that an unknown e-mail address takes as long as a wrong password.
_DECOY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$NQ1K9GWYGV4g8qOYLGmW3Smf+JIHdFxxQLOIJaJlDuk"


class UndecryptableError(Exception):
    """None of the configured keys opens a stored secret."""


def new_secret(prefix: str, size: int = 32) -> str:
    """A random secret of `size` bytes behind a prefix that tells people and scanners what it is; `[A-Za-z0-9_-]` only."""
    return f"{prefix}_{secrets.token_urlsafe(size)}"


def digest(secret: str) -> str:
    """The SHA-256 of a secret in hex: all that is stored of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same(left: str, right: str) -> bool:
    """Whether two strings are equal, in constant time."""
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


def hash_password(password: str) -> str:
    """An argon2id hash with the library's current parameters (RFC 9106)."""
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` fits; without a stored hash it takes the same time and says no."""
    try:
        _hasher.verify(stored or _DECOY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


class Vault:
    """Encrypts secrets at rest with the first of several Fernet keys and decrypts with any."""

    def __init__(self, keys: list[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, clear: bytes) -> str:
        """The encrypted text, safe for a text column."""
        return self._fernet.encrypt(clear).decode()

    def decrypt(self, text: str) -> bytes:
        """The clear bytes; raises UndecryptableError when no key fits."""
        try:
            return self._fernet.decrypt(text.encode())
        except InvalidToken as error:
            raise UndecryptableError("no key of PORTAL_ENCRYPTION_KEYS opens this secret") from error

    def rotate(self, text: str) -> str:
        """The same secret under the first key; raises UndecryptableError."""
        return self.encrypt(self.decrypt(text))
