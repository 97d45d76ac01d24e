"""What SCIM 1.1 writes, and what Okta sends."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

CORE = "urn:scim:schemas:core:1.0"
ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0"
Send = Callable[..., tuple[int, Any]]


def random_user(**more: Any) -> dict[str, Any]:
    """A user as Okta's suites make one, with a name in mixed case."""
    name = f"Runscope{uuid.uuid4().hex[:3]}Xyzabc123@atko.com"
    return {
        "schemas": [CORE],
        "userName": name,
        "name": {"givenName": "Runscope", "familyName": "Xyzabc"},
        "emails": [{"primary": True, "value": name, "type": "work"}],
        "displayName": "Runscope Xyzabc",
        "active": True,
        **more,
    }


def look_up(name: str) -> str:
    """The look-up of a user name, as Okta writes it."""
    return f"/Users?filter=userName%20eq%20%22{name}%22&startIndex=1&count=100"
