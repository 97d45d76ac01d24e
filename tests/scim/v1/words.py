"""What SCIM 1.1 writes, and what Okta sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.scim import words

CORE = "urn:scim:schemas:core:1.0"
ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0"
Send = Callable[..., tuple[int, Any]]


def random_user(**more: Any) -> dict[str, Any]:
    """A user as Okta's suites for 1.1 make one."""
    return words.random_user(CORE, **more)


def look_up(name: str) -> str:
    """The look-up of a user name, as Okta writes it."""
    return f"/Users?filter=userName%20eq%20%22{name}%22&startIndex=1&count=100"
