"""From a User as a client wrote it to the changes that `domain.members` takes; the way back is in `documents`."""

from __future__ import annotations

from typing import Any

import orjson

from portal.domain.details import whole_name
from portal.domain.texts import one_line
from portal.models import Member
from portal.scim import lines, plural
from portal.scim.attributes import ENTERPRISE_URN, ResourceType
from portal.scim.call import Call
from portal.scim.documents import ENTERPRISE_COLUMNS, NESTED, manager_text
from portal.scim.errors import InvalidValue
from portal.scim.resources import models_user_types, role_attribute

MAX_KEPT = 256 * 1024
# Attributes that the portal fills by itself: absent in PUT they stay as they are (Okta leaves out what it does not manage).
OWN = frozenset({"active", "userType"})
_NAMES = ("givenName", "familyName")


def for_create(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """The changes that make a new member of `given`; raises InvalidValue that names what is missing."""
    given = lift(given, {})
    require(call, given, set(given) | {"userName", "emails", "name"})
    return {**_columns(given), **_chosen(call, given), "attributes": keep(call.resources.user, given, {}, NESTED)}


def for_replace(call: Call, member: Member, current: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The changes that replace `current`, the member as it was served, by `given` (RFC 7644 §3.5.1).

    What is absent is cleared, except OWN; what a client took away stays unassigned until it is given.
    """
    given = lift(given, current)
    require(call, given, {"userName", "emails", "name"})
    given = renamed(member, given)
    kept = keep(call.resources.user, given, current, NESTED)
    kept.update(dict.fromkeys(name for name, value in member.attributes.items() if value is None and given.get(name) is None))
    return {**_columns(given), **_chosen(call, given), "attributes": kept}


def for_patch(call: Call, member: Member, before: dict[str, Any], after: dict[str, Any], touched: set[str]) -> dict[str, Any]:
    """The changes that lead from one document to the other, of the top-level attributes `touched` alone."""
    if NESTED in touched:
        after = lift(after, before)
        touched = (touched - {NESTED}) | {name for name in after if after[name] != before.get(name)}
    require(call, after, touched)
    if "name" in touched:
        after = renamed(member, after)
        touched = touched | ({"displayName"} if after.get("displayName") != before.get("displayName") else set())
    role = role_attribute(call.ctx.profile)
    if role in touched and role not in member.attributes:
        after = {**after, role: _without_made(before.get(role), after.get(role))}
    columns = _columns(after)
    changes = {name: columns[name] for attribute in touched for name in _columns_of(attribute)}
    chosen = {name: value for name, value in after.items() if name in touched}
    changes.update(_chosen(call, chosen))
    kept = keep(call.resources.user, after, before, NESTED)
    attributes = _reached(call.resources.user, {name: value for name, value in member.attributes.items() if name not in touched})
    attributes.update((name, kept[name]) for name in touched if name in kept)
    for name in {role, "displayName", "active"} & touched:
        if after.get(name) in (None, "", []):
            attributes[name] = None
    if role in touched and attributes.get(role, "") is None:
        changes["role"] = call.ctx.profile.default_role
    return {**changes, "attributes": attributes}


def lift(given: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
    """Attributes that stand in an object under the core schema's URN, which some Okta mappings make, at the top, where they belong.

    Where both are given the one that differs from `current` is meant. The names are remembered, so that the object comes back.
    """
    inner = given.get(NESTED)
    if not isinstance(inner, dict):
        return {name: value for name, value in given.items() if name != NESTED}
    lifted = {name: value for name, value in given.items() if name != NESTED}
    for name, value in inner.items():
        if name not in lifted or lifted[name] == current.get(name):
            lifted[name] = value
    return {**lifted, NESTED: sorted(inner)}


def require(call: Call, given: dict[str, Any], names: set[str]) -> None:
    """Raises InvalidValue when an attribute that the profile requires is missing, of those among `names`."""
    name = given.get("name") or {}
    values = {
        "userName": ("userName", given.get("userName")),
        "email": ("emails", plural.text(given.get("emails"))),
        "givenName": ("name", name.get("givenName")),
        "familyName": ("name", name.get("familyName")),
    }
    labels = {"email": "emails", "givenName": "name.givenName", "familyName": "name.familyName"}
    missing = [
        labels.get(item, item)
        for item in ("userName", *(item for item in call.ctx.profile.scim.required if item != "userName"))
        if values[item][0] in names and not (isinstance(found := values[item][1], str) and found.strip())
    ]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise InvalidValue(
            f"{' and '.join(missing)} {verb} required. Map a value to {'it' if verb == 'is' else 'each'} in Okta, then retry."
        )


def renamed(member: Member, given: dict[str, Any]) -> dict[str, Any]:
    """`given` with `name.formatted` and `displayName` made anew when they are echoes of the names that change under them."""
    name = given.get("name") or {}
    new = [str(name.get(part) or "").strip() for part in _NAMES]
    old = [member.given_name, member.family_name]
    if new == old:
        return given
    whole, formatted = whole_name(*new), member.attributes.get("name", {}).get("formatted")
    if formatted is not None and name.get("formatted") == formatted:
        given = {**given, "name": {**name, "formatted": whole}}
    if given.get("displayName") == member.display_name and one_line(member.display_name) == whole_name(*old):
        given = {**given, "displayName": whole}
    return given


def keep(resource: ResourceType, given: dict[str, Any], before: dict[str, Any], *also: str) -> dict[str, Any]:
    """What no column models, as received, for the JSON column; null and empty lists are not kept.

    Raises InvalidValue beyond 256 KiB, and Invalid for what does not stand on one line, unless it did not in `before` either.
    """
    kept: dict[str, Any] = {}
    for name, value in _reached(resource, given).items():
        found = None if name in also else resource.find(name)
        if found is not None and (found.attribute.column or found.attribute.computed in ("status", "members")):
            continue
        rest = _without_columns(name, value)
        if rest not in (None, [], {}):
            kept[name] = rest
    written = orjson.dumps(kept)
    if len(written) > MAX_KEPT:
        raise InvalidValue(f"The attributes are too large: {MAX_KEPT // 1024} KiB at most, not counting names and addresses.")
    lines.require(resource, kept, written, before)
    return kept


def _reached(resource: ResourceType, given: dict[str, Any]) -> dict[str, Any]:
    """`given` without cost rates where members have them: SCIM neither sets nor shows any, not even one that it kept for a client."""
    if resource.name != "User" or not resource.profile.features.cost_rates:
        return given
    return {name: _without_rates(value) if name.lower().startswith("urn:") else value for name, value in _without_rates(given).items()}


def _without_rates(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: item for name, item in value.items() if name.rpartition(":")[2].replace("_", "").lower() != "costrate"}


def _without_columns(name: str, value: Any) -> Any:
    drop = {"name": _NAMES, ENTERPRISE_URN: tuple(ENTERPRISE_COLUMNS)}.get(name)
    if drop is None or not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if key not in drop and item is not None}


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    name, enterprise = given.get("name") or {}, given.get(ENTERPRISE_URN) or {}
    return {
        "user_name": given.get("userName"),
        "external_id": given.get("externalId"),
        "given_name": name.get("givenName"),
        "family_name": name.get("familyName"),
        "display_name": given.get("displayName"),
        "title": given.get("title"),
        "email": plural.text(given.get("emails")),
        "manager": manager_text(enterprise.get("manager")),
        **{column: enterprise.get(name) for name, column in ENTERPRISE_COLUMNS.items()},
    }


_OF = {
    "userName": ("user_name",),
    "externalId": ("external_id",),
    "name": ("given_name", "family_name"),
    "displayName": ("display_name",),
    "title": ("title",),
    "emails": ("email",),
    ENTERPRISE_URN: ("manager", *ENTERPRISE_COLUMNS.values()),
}


def _columns_of(attribute: str) -> tuple[str, ...]:
    return _OF.get(attribute, ())


def _chosen(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Role, user type and status where they are named."""
    profile = call.ctx.profile
    changes: dict[str, Any] = {"provisioned": True}
    if isinstance(given.get("active"), bool):
        changes["active"] = given["active"]
    role = plural.text(given.get(role_attribute(profile)))
    if role is not None:
        changes["role"] = role
    if models_user_types(profile) and given.get("userType"):
        changes["user_type"] = given["userType"]
    return changes


def _without_made(made: Any, after: Any) -> Any:
    """The role values after PATCH without the one that stood there only because nothing had been received."""
    if not isinstance(made, list) or not isinstance(after, list) or len(after) < 2:
        return after
    old = made[0]["value"]
    return [
        item for item in after if not (isinstance(item, dict) and item.get("value") == old and set(item) <= {"value", "primary"})
    ] or after
