"""What SCIM's tests say over and over."""

from __future__ import annotations

import uuid
from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def random_user(schema: str = USER, **more: Any) -> dict[str, Any]:
    """A user as Okta's suites make one, with a name in mixed case."""
    name = f"Runscope{uuid.uuid4().hex[:3]}Xyzabc123@atko.com"
    return {
        "schemas": [schema],
        "userName": name,
        "name": {"givenName": "Runscope", "familyName": "Xyzabc"},
        "emails": [{"primary": True, "value": name, "type": "work"}],
        "displayName": "Runscope Xyzabc",
        "active": True,
        **more,
    }
