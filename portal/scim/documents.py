"""Members and groups as SCIM 2.0 resources: plain dicts, what clients sent and the portal does not model as they sent it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from portal.domain.texts import fold
from portal.models import Group, Member
from portal.profile import Profile
from portal.scim import plural
from portal.scim.attributes import ENTERPRISE_URN, GROUP_URN, USER_URN
from portal.scim.call import Call
from portal.scim.etags import tag
from portal.scim.resources import models_user_types, role_attribute

# Columns that stand in the extension; `manager` has a form of its own.
ENTERPRISE_COLUMNS = {"organization": "organization", "division": "division", "department": "department"}
# What is made from a column whenever nothing was received. A null kept for one says that a client took it away (RFC 7644 §3.5.2.2):
# it stays unassigned until it is given again.
NESTED = USER_URN
# Gives the folded names of the workspace's custom roles, by id.
Names = Callable[[], Mapping[str, str]]


def user(call: Call, member: Member, groups: Iterable[dict[str, Any]] | None = ()) -> dict[str, Any]:
    """The member as a User (RFC 7643 §4.1); `groups` as of `group_references`, None to leave them out."""
    document = writable(call, member)
    if groups is not None:
        document["groups"] = list(groups)
    document["meta"] = _meta(call, "User", "/Users", member)
    return document


def writable(call: Call, member: Member) -> dict[str, Any]:
    """The User without what the server alone says of it: groups and metadata."""
    document = own(call.ctx.profile, member, lambda: call.custom_role_names)
    nested = member.attributes.get(NESTED)
    if nested:
        document[NESTED] = {key: document[key] for key in nested if key in document}
    return document


def own(profile: Profile, member: Member, names: Names) -> dict[str, Any]:
    """The User without what depends on others or on the request: groups and metadata, and what an object under the core schema repeats."""
    kept = {name: value for name, value in member.attributes.items() if name != NESTED}
    document: dict[str, Any] = {"schemas": [USER_URN], "id": member.id}
    if member.external_id is not None:
        document["externalId"] = member.external_id
    document["userName"] = member.user_name
    name = {key: value for key, value in (("givenName", member.given_name), ("familyName", member.family_name)) if value}
    name.update(kept.pop("name", {}))
    made = {
        "name": name or None,
        "displayName": _unless_taken_away(kept, "displayName", member.display_name),
        "title": member.title,
        "active": _unless_taken_away(kept, "active", member.active),
        "emails": _emails(kept.pop("emails", None), member.email),
        **_roles(profile, kept, member, names),
        **_user_type(profile, kept, member),
    }
    enterprise = _enterprise(kept.pop(ENTERPRISE_URN, {}), member)
    made[ENTERPRISE_URN] = enterprise or None
    document.update((key, value) for key, value in {**made, **kept}.items() if value is not None)
    document["schemas"] += [key for key, value in document.items() if key.lower().startswith("urn:") and value]
    return document


def group(call: Call, row: Group, members: Iterable[dict[str, Any]] | None = ()) -> dict[str, Any]:
    """The group as a Group (RFC 7643 §4.2); `members` as of `member_reference`, None to leave them out."""
    document: dict[str, Any] = {"schemas": [GROUP_URN], "id": row.id}
    if row.external_id is not None:
        document["externalId"] = row.external_id
    document["displayName"] = row.display_name
    document.update(row.attributes)
    if members is not None:
        document["members"] = list(members)
    document["schemas"] += [key for key, value in row.attributes.items() if key.lower().startswith("urn:") and value]
    document["meta"] = _meta(call, "Group", "/Groups", row)
    return document


def member_reference(call: Call, member_id: str, display: str | None = None) -> dict[str, Any]:
    """A member as an element of a group's `members`."""
    reference = {"value": member_id, "$ref": f"{call.base}/Users/{member_id}", "type": "User"}
    return reference if display is None else {**reference, "display": display}


def group_reference(base: str, group_id: str, display: str) -> dict[str, Any]:
    """A group as an element of a member's `groups`."""
    return {"value": group_id, "$ref": f"{base}/Groups/{group_id}", "display": display, "type": "direct"}


def manager_text(form: Any) -> str | None:
    """What the portal shows of `manager`, which clients send as an object or as bare text."""
    if isinstance(form, dict):
        form = form.get("displayName") or form.get("value")
    return form if isinstance(form, str) and form.strip() else None


def moment(value: datetime) -> str:
    """An instant as xsd:dateTime in UTC, to the millisecond."""
    return f"{value.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def moments(row: Member | Group) -> dict[str, str]:
    """When the resource was created and last changed, as its metadata says."""
    return {"created": moment(row.created_at), "lastModified": moment(row.modified_at)}


def _meta(call: Call, name: str, endpoint: str, row: Member | Group) -> dict[str, Any]:
    return {
        "resourceType": name,
        **moments(row),
        "location": f"{call.base}{endpoint}/{row.id}",
        "version": tag(row.version),
    }


def _unless_taken_away(kept: dict[str, Any], name: str, value: Any) -> Any:
    if name in kept and kept.pop(name) is None:
        return None
    return value if value != "" else None


def _emails(form: Any, email: str | None) -> Any:
    """As received while its primary address is the member's; otherwise with the member's in its place."""
    if email is None:
        return plural.without_preferred(form) or None
    if plural.text(form) == email:
        return form
    return plural.replaced(form, email) if form else [{"value": email, "type": "work", "primary": True}]


def _roles(profile: Profile, kept: dict[str, Any], member: Member, names: Names) -> dict[str, Any]:
    """The profile's role attribute as received while it still names the member's role; otherwise the role in its place."""
    name = role_attribute(profile)
    if name in kept and kept[name] is None:
        return {name: kept.pop(name)}
    form = kept.pop(name, None)
    given = plural.text(form)
    if given is not None and names_role(profile, member, given, names):
        return {name: form}
    value = member.custom_role_id or member.role
    return {name: plural.replaced(form, value) if name == "roles" or given is not None else value}


def names_role(profile: Profile, member: Member, text: str, names: Names) -> bool:
    """Whether `text` is the key, name or id of the role that the member has."""
    wanted = fold(text.strip())
    if member.custom_role_id:
        return wanted == fold(member.custom_role_id) or wanted == names().get(member.custom_role_id)
    name = profile.role(member.role).name if profile.has_role(member.role) else member.role
    return wanted in (fold(member.role), fold(name))


def _user_type(profile: Profile, kept: dict[str, Any], member: Member) -> dict[str, Any]:
    if not models_user_types(profile):
        return {}
    given = kept.pop("userType", None)
    kind = profile.user_type(member.user_type)
    names = {fold(member.user_type), fold(kind.name if kind else "")}
    return {"userType": given if isinstance(given, str) and fold(given.strip()) in names else member.user_type}


def _enterprise(kept: dict[str, Any], member: Member) -> dict[str, Any]:
    made = {key: value for key, column in ENTERPRISE_COLUMNS.items() if (value := getattr(member, column)) is not None}
    rest = dict(kept)
    form = rest.pop("manager", None)
    if manager_text(form) == member.manager:
        if form is not None:
            made["manager"] = form
    elif member.manager is not None:
        made["manager"] = {"displayName": member.manager}
    return {**made, **rest}
