"""SCIM 2.0 as Okta speaks it (RFC 7643, RFC 7644, and Okta's own habits)."""

from __future__ import annotations

from typing import Any

from standin.apps import CORE20, RoleAttribute
from standin.shapes import Json, batches, merged_user, new_user

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
DESCRIPTION = "urn:okta:custom:group:1.0"


class Scim20:
    """The bodies of version 2.0."""

    media_type = "application/scim+json"

    def new_user(self, profile: dict[str, str], role: RoleAttribute, password: str) -> Json:
        """POST /Users."""
        return new_user(profile, role, CORE20, ENTERPRISE, "en-US", password)

    def merged_user(self, current: Json, profile: dict[str, str], sent: dict[str, str], role: RoleAttribute) -> Json:
        """PUT /Users/{id}."""
        return merged_user(current, profile, sent, role, ENTERPRISE)

    def set_active(self, scim_id: str, active: bool) -> Json:
        """PATCH /Users/{id}: no path."""
        return _patch({"op": "replace", "value": {"active": active}})

    def new_group(self, name: str, description: str) -> Json:
        """POST /Groups; a description rides along in Okta's own extension."""
        group: Json = {"schemas": [GROUP], "displayName": name, "members": []}
        if description:
            group["schemas"].append(DESCRIPTION)
            group[DESCRIPTION] = {"description": description}
        return group

    def rename_group(self, scim_id: str, name: str) -> Json:
        """PATCH /Groups/{id}: no path, and the read-only id in the value."""
        return _patch({"op": "replace", "value": {"id": scim_id, "displayName": name}})

    def change_members(self, added: list[Json], removed: list[Json]) -> list[Json]:
        """PATCH bodies: one operation for each removed member, one for all added of a batch."""
        bodies = []
        for batch in batches([{"-": True, **item} for item in removed] + added):
            gone = [item for item in batch if "-" in item]
            new = [item for item in batch if "-" not in item]
            operations: list[Json] = [{"op": "remove", "path": f'members[value eq "{item["value"]}"]'} for item in gone]
            operations += [{"op": "add", "path": "members", "value": new}] if new else []
            bodies.append(_patch(*operations))
        return bodies

    def replace_members(self, members: list[Json]) -> list[Json]:
        """PATCH bodies: the first hundred replace what is there, possibly with nothing, further ones are added."""
        first, *rest = batches(members) or [[]]
        replaced = _patch({"op": "replace", "path": "members", "value": first})
        return [replaced, *(_patch({"op": "add", "path": "members", "value": batch}) for batch in rest)]

    def whole_group(self, scim_id: str, name: str, members: list[Json]) -> Json:
        """PUT /Groups/{id}, of custom apps."""
        return {"schemas": [GROUP], "id": scim_id, "displayName": name, "members": members}

    def detail(self, error: Any) -> str:
        """What the server said was wrong."""
        return str(error.get("detail") or "") if isinstance(error, dict) else ""


def _patch(*operations: Json) -> Json:
    return {"schemas": [PATCH], "Operations": list(operations)}
