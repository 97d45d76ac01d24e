"""What both SCIM versions share: a user from an app profile, and Okta's merge into the server's own answer."""

from __future__ import annotations

import copy
from typing import Any

from standin.apps import RoleAttribute
from standin.role_attribute import place

PLACES = {
    "userName": ("userName",),
    "givenName": ("name", "givenName"),
    "familyName": ("name", "familyName"),
    "displayName": ("displayName",),
    "externalId": ("externalId",),
    "title": ("title",),
    "userType": ("userType",),
}
ENTERPRISE = {
    "organization": ("organization",),
    "division": ("division",),
    "department": ("department",),
    "managerId": ("manager", "value"),
    "manager": ("manager", "displayName"),
}
BATCH = 100
"""Members in one group request (okta.md: Okta's default)."""

Json = dict[str, Any]


def new_user(profile: dict[str, str], role: RoleAttribute, core: str, enterprise: str, locale: str, password: str) -> Json:
    """The body of a POST: unset attributes are left out, `groups` is empty, the password is a placeholder."""
    user: Json = {
        "schemas": [core],
        "userName": profile["userName"],
        "name": {"givenName": profile["givenName"], "familyName": profile["familyName"]},
        "emails": [{"primary": True, "value": profile["email"], "type": "work"}],
    }
    for name in ("title", "userType", "displayName"):
        if profile[name]:
            user[name] = profile[name]
    user |= {"locale": locale, "externalId": profile["externalId"], "groups": [], "password": password, "active": True}
    _set_enterprise(user, {name: profile[name] for name in ENTERPRISE if profile[name]}, enterprise)
    place(user, role, profile["role"])
    return user


def merged_user(current: Json, profile: dict[str, str], sent: dict[str, str], role: RoleAttribute, enterprise: str) -> Json:
    """The body of a PUT: the server's answer with Okta's attributes replaced, everything else echoed.

    What is unset now and was sent before is sent as an empty string; what was never set stays as the server has it.
    """
    user = copy.deepcopy(current)
    values = {name: value for name, value in profile.items() if value or sent.get(name)}
    for name, path in PLACES.items():
        if name in values:
            _set(user, path, values[name])
    if values.get("email"):
        _set_email(user, values["email"])
    user.setdefault("schemas", [])
    _set_enterprise(user, {name: values[name] for name in ENTERPRISE if name in values}, enterprise)
    place(user, role, profile["role"])
    return user


def batches(members: list[Json]) -> list[list[Json]]:
    """Members by the hundred; no members are no batch."""
    return [members[at : at + BATCH] for at in range(0, len(members), BATCH)]


def _set(target: Json, path: tuple[str, ...], value: str) -> None:
    for key in path[:-1]:
        inner = target.get(key)
        target[key] = inner if isinstance(inner, dict) else {}
        target = target[key]
    target[path[-1]] = value


def _set_email(user: Json, value: str) -> None:
    emails = user.get("emails")
    emails = [item for item in emails if isinstance(item, dict)] if isinstance(emails, list) else []
    found = next((item for item in emails if item.get("primary") is True), None)
    found = found or next((item for item in emails if item.get("type") == "work"), None)
    if found:
        found["value"] = value
    else:
        emails.append({"primary": True, "value": value, "type": "work"})
    user["emails"] = emails


def _set_enterprise(user: Json, values: dict[str, str], urn: str) -> None:
    if not values:
        return
    inner = user.get(urn)
    user[urn] = inner if isinstance(inner, dict) else {}
    for name, value in values.items():
        _set(user[urn], ENTERPRISE[name], value)
    if urn not in user["schemas"]:
        user["schemas"].append(urn)
