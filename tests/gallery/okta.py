"""Okta's requests to a gallery's workspace, so that members and logs come about as they do in life."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.support.site import client

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Okta:
    """Requests as Okta sends them, in the version of SCIM and with the role attribute of the product."""

    def __init__(self, app: Flask, bearer: str) -> None:
        self._http, self._bearer = client(app, "acme"), bearer
        self._profile = app.config["PROFILE"]
        self._scim = self._profile.scim
        self._new = "2.0" in self._scim.versions

    def schemas(self, kind: str) -> str:
        """The schema of a resource."""
        return f"urn:ietf:params:scim:schemas:core:2.0:{kind}" if self._new else "urn:scim:schemas:core:1.0"

    def creates(self, number: int, name: str, title: str, department: str, role: str) -> str:
        """The id of a new user, empty when it was refused."""
        given, _, family = name.partition(" ")
        address = f"{given if given.isascii() else f'person{number}'}@acme.example".lower()
        body: dict[str, Any] = {
            "schemas": [self.schemas("User"), ENTERPRISE],
            "userName": address,
            "name": {"givenName": given, "familyName": family},
            "emails": [{"primary": True, "value": address, "type": "work"}],
            "title": title,
            "active": True,
            ENTERPRISE: {"department": department},
        }
        if self._scim.role_attribute.startswith("roles"):
            body["roles"] = [{"primary": True, "value": self._role(role)}]
        else:
            body[self._scim.role_attribute] = self._role(role)
        return str(self.send("POST", "/Users", body).get("id", ""))

    def _role(self, name: str) -> str:
        """The product's own role for the one that the list names."""
        paid = [role.key for role in self._profile.roles if role.paid and not role.administers] or [self._profile.default_role]
        usual = {"admin": self._profile.owner_role, "maker": paid[0], "contributor": self._profile.default_role}
        return usual.get(name, self._profile.default_role if name == "viewer" else name)

    def deactivates(self, key: str) -> None:
        """As a catalog app does: by PATCH."""
        message = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}
        self.send("PATCH", f"/Users/{key}", message if self._new else {"schemas": [self.schemas("User")], "active": False})

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the portal answers."""
        headers = {"Authorization": f"Bearer {self._bearer}"}
        answer = self._http.open(f"/scim/v{2 if self._new else 1}{path}", method=method, json=body, headers=headers)
        found: dict[str, Any] = answer.get_json(silent=True) or {}
        return found
