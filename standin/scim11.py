"""SCIM 1.1 as Okta speaks it: one schema for everything, PATCH as a merge."""

from __future__ import annotations

from typing import Any

from standin.apps import CORE11, RoleAttribute
from standin.shapes import Json, batches, merged_user, new_user

ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0"
DESCRIPTION = "urn:okta:custom:group:1.0"


class Scim11:
    """The bodies of version 1.1."""

    media_type = "application/json"

    def new_user(self, profile: dict[str, str], role: RoleAttribute, password: str) -> Json:
        """POST /Users."""
        return new_user(profile, role, CORE11, ENTERPRISE, "en_US", password)

    def merged_user(self, current: Json, profile: dict[str, str], sent: dict[str, str], role: RoleAttribute) -> Json:
        """PUT /Users/{id}."""
        return merged_user(current, profile, sent, role, ENTERPRISE)

    def set_active(self, scim_id: str, active: bool) -> Json:
        """PATCH /Users/{id}."""
        return {"schemas": [CORE11], "id": scim_id, "active": active}

    def new_group(self, name: str, description: str) -> Json:
        """POST /Groups: no members key."""
        group: Json = {"schemas": [CORE11], "displayName": name}
        if description:
            group["schemas"].append(DESCRIPTION)
            group[DESCRIPTION] = {"description": description}
        return group

    def rename_group(self, scim_id: str, name: str) -> Json:
        """PATCH /Groups/{id}."""
        return {"schemas": [CORE11], "id": scim_id, "displayName": name}

    def change_members(self, added: list[Json], removed: list[Json]) -> list[Json]:
        """PATCH bodies: new members plain, gone ones with `operation`."""
        members = [*added, *({**item, "operation": "delete"} for item in removed)]
        return [{"schemas": [CORE11], "members": batch} for batch in batches(members)]

    def replace_members(self, members: list[Json]) -> list[Json]:
        """PATCH bodies: the first clears (`meta.attributes`) and sets a hundred, further ones add."""
        first, *rest = batches(members) or [[]]
        cleared = {"schemas": [CORE11], "meta": {"attributes": ["members"]}, "members": first}
        return [cleared, *({"schemas": [CORE11], "members": batch} for batch in rest)]

    def whole_group(self, scim_id: str, name: str, members: list[Json]) -> Json:
        """PUT /Groups/{id}."""
        return {"schemas": [CORE11], "id": scim_id, "displayName": name, "members": members}

    def detail(self, error: Any) -> str:
        """What the server said was wrong: the first of `Errors`, else `detail`."""
        if not isinstance(error, dict):
            return ""
        errors = error.get("Errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], dict):
            return str(errors[0].get("description") or "")
        return str(error.get("detail") or "")
