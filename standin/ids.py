"""Ids as Okta makes them: a three-character prefix that names the kind, then 17 letters and digits."""

from __future__ import annotations

import secrets
import string

ALPHABET = string.ascii_letters + string.digits

PERSON, GROUP, APP, KEY = "00u", "00g", "0oa", "exk"


def new_id(prefix: str) -> str:
    """A new id, like `00ujl29u0le5T6Aj10h7`."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(17))
