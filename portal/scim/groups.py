"""Groups: what each request means for the workspace's groups; membership changes row by row, never by reading the whole group."""

from __future__ import annotations

from typing import Any

import orjson

from portal.domain import groups as domain
from portal.domain import provisioning
from portal.domain.errors import NotFound
from portal.domain.texts import storable
from portal.models import Group
from portal.scim import around, auth, etags, journal, mapping, patch, values
from portal.scim.call import Call
from portal.scim.errors import Forbidden, InvalidPath, InvalidValue, Mutability, NoTarget
from portal.scim.filters import Compare, Filter, Malformed, Target, matches
from portal.scim.projection import Projection

Change = tuple[str, list[str]]


def require_served(call: Call) -> None:
    """Raises Forbidden when the product has no groups, or the workspace keeps their management off."""
    words = call.ctx.profile.words
    auth.require_groups()
    if not call.ctx.workspace.scim_groups:
        switch = call.ctx.profile.scim.groups_switch or f"Manage {words.groups} with SCIM"
        raise Forbidden(
            f"{words.groups.capitalize()} are not managed by SCIM here. An admin can switch on “{switch}” under {words.sso_page}."
        )


def read(call: Call, group_id: str) -> Group:
    """The group with this id; raises NotFound, also where SCIM serves no groups."""
    journal.note(resource_type="Group", resource_id=group_id)
    if not call.ctx.profile.scim.groups:
        raise NotFound("There is no such group.")
    group = domain.get(call.ctx, group_id)
    journal.note(subject=group.display_name)
    return group


def hold(call: Call, group_id: str) -> Group:
    """The group with this id under the workspace's lock; raises NotFound, or Forbidden where groups are not taken."""
    journal.note(resource_type="Group", resource_id=group_id)
    known = {"workspace_id": call.ctx.workspace.id, "group_id": group_id if storable(group_id) else ""}
    (row,) = auth.hold(call, (domain.BY_ID, known))
    require_served(call)
    group = domain.of_row(call.ctx, row)
    journal.note(subject=group.display_name)
    return group


def create(call: Call, body: dict[str, Any]) -> Group:
    """A new group with its members."""
    name = body.get("displayName")
    journal.note(operation="create", resource_type="Group", body=body, subject=name if isinstance(name, str) else "")
    auth.require_groups()
    document = values.read(call.resources.group, _with_loose_members(body))
    journal.note(subject=str(document.get("displayName", "")))
    wanted = member_ids(document.pop("members", None))
    auth.hold(call)
    require_served(call)
    group = domain.create(call.ctx, _changes(call, document), provisioned=True)
    journal.note(resource_id=group.id)
    if wanted:
        domain.add_members(call.ctx, group, wanted)
    provisioning.reach(call.ctx, "first-group")
    return group


def replace(call: Call, group_id: str, body: dict[str, Any], if_match: str | None = None) -> Group:
    """The group as the body says; without `members` it ends up empty, without `displayName` it keeps its name."""
    journal.note(operation="update", body=body)
    group = hold(call, group_id)
    etags.require(if_match, group.version)
    document = values.read(call.resources.group, _with_loose_members(body))
    wanted = member_ids(document.pop("members", None))
    if document.get("displayName") is None:
        document["displayName"] = group.display_name
    _write(call, group, document)
    added, removed = domain.replace_members(call.ctx, group, wanted)
    journal.note(changes={"added": added, "removed": removed})
    return group


def modify(call: Call, group_id: str, body: dict[str, Any], if_match: str | None = None) -> Group:
    """The group after the operations of a PATCH, all of them or none."""
    journal.note(operation="update", resource_type="Group", resource_id=group_id, body=body)
    require_served(call)
    steps = patch.operations(body)
    group = hold(call, group_id)
    etags.require(if_match, group.version)
    changes, others = _split(call, group, steps)
    linking = not group.provisioned
    if others:
        before = {"displayName": group.display_name, "externalId": group.external_id, **group.attributes}
        after = patch.apply({key: value for key, value in before.items() if value is not None}, others, call.resources.group)
        _write(call, group, values.read(call.resources.group, after))
    elif linking:
        provisioning.reach(call.ctx, "first-group")
        domain.update_group(call.ctx, group, {"provisioned": True})
    counts = _change_members(call, group, changes)
    journal.note(changes=counts, operation="link" if linking else "update" if others else _membership(counts))
    return group


def delete(call: Call, group_id: str, if_match: str | None = None) -> None:
    """Deletes the group; its members stay."""
    journal.note(operation="delete")
    group = hold(call, group_id)
    etags.require(if_match, group.version)
    domain.remove(call.ctx, group)


def shown(call: Call, group: Group, projection: Projection) -> Any:
    """The group with its members in the call's dialect."""
    if projection.is_whole and call.dialect.as_stored:
        return orjson.Fragment(around.whole(call, group))
    return call.dialect.shown(around.groups(call, [group], projection)[0])


def member_ids(value: Any) -> list[str]:
    """The ids in a `members` value: a list, or one, of objects with `value`, or of texts; raises InvalidValue."""
    items = value if isinstance(value, list) else [] if value in (None, "") else [value]
    ids = []
    for item in items:
        key = next((inner for name, inner in item.items() if name.lower() == "value"), None) if isinstance(item, dict) else item
        if not isinstance(key, str) or not key:
            raise InvalidValue("Each member needs a value: the id of a User of this workspace.")
        ids.append(key[:400])
    return ids


def _with_loose_members(body: dict[str, Any]) -> dict[str, Any]:
    """The body with members that need only a value: a text or a single object will do, and a null `display` is none."""
    key = next((name for name in body if name.lower() == "members"), None)
    if key is None:
        return body
    return {**body, key: [{"value": item} for item in member_ids(body[key])]}


def _changes(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "display_name": document.get("displayName"),
        "external_id": document.get("externalId"),
        "attributes": mapping.keep(call.resources.group, document, {}),
        "provisioned": True,
    }


def _write(call: Call, group: Group, document: dict[str, Any]) -> None:
    if not group.provisioned:
        provisioning.reach(call.ctx, "first-group")
        journal.note(operation="link")
    domain.update_group(call.ctx, group, _changes(call, document))


def _split(call: Call, group: Group, steps: list[patch.Operation]) -> tuple[list[Change], list[patch.Operation]]:
    """Changes of membership, in order, and the operations on everything else."""
    changes: list[Change] = []
    others = []
    for step in steps:
        if step.path is None:
            rest = dict(step.value)
            key = next((name for name in rest if name.lower() == "members"), None)
            if key is not None:
                changes.append((step.op, member_ids(rest.pop(key))))
            if rest:
                others.append(patch.Operation(step.op, None, rest, step.at))
            continue
        aim = patch.target(step.path, call.resources.group)
        if aim.path.name.lower() == "members":
            changes += _aimed(call, group, step, aim)
        else:
            others.append(step)
    return changes, others


def _aimed(call: Call, group: Group, step: patch.Operation, aim: Target) -> list[Change]:
    """What an operation on `members`, or on those that a filter names, does."""
    if aim.path.sub or aim.sub:
        raise Mutability('Members are added and removed whole: the path is members or members[value eq "…"].')
    if aim.filter is None:
        if step.op == "remove":  # an empty list names nobody; without a value all are meant (RFC 7644 §3.5.2.2)
            return [("remove", member_ids(step.value)) if step.value or step.value == [] else ("replace", [])]
        return [(step.op, member_ids(step.value))]
    found = _matching(call, group, aim.filter)
    if step.op == "remove":
        return [("remove", found)]
    if step.op == "replace" and not domain.among(call.ctx, group, found):
        raise NoTarget("members[…] matches no member of this group.")
    return [("remove", found if step.op == "replace" else []), ("add", member_ids(step.value))]


def _matching(call: Call, group: Group, node: Filter) -> list[str]:
    """The ids that a filter on members names; `value eq` needs no look at the group."""
    if isinstance(node, Compare) and node.op == "eq" and node.path.name.lower() == "value" and isinstance(node.value, str):
        return [node.value]
    found = call.resources.group.find("members")
    present = around.groups(call, [group], Projection())[0]["members"]
    try:
        return [item["value"] for item in present if matches(node, item, found.attribute if found else None)]
    except Malformed as error:
        raise InvalidPath(f"members[…]: {error}") from None


def _change_members(call: Call, group: Group, changes: list[Change]) -> dict[str, Any]:
    """Carries out what the changes come to, so that 1,000 operations cost no more statements than one."""
    whole, coming, going = False, dict[str, None](), dict[str, None]()
    for op, ids in changes:
        if op == "replace":
            whole, coming, going = True, dict.fromkeys(ids), {}
            continue
        here, there = (coming, going) if op == "add" else (going, coming)
        for key in ids:
            here[key] = there.pop(key, None)
    if whole:
        added, removed = domain.replace_members(call.ctx, group, coming)
    else:
        removed = domain.remove_members(call.ctx, group, going) if going else 0
        added = domain.add_members(call.ctx, group, coming) if coming else 0
    return {"added": added, "removed": removed}


def _membership(counts: dict[str, Any]) -> str:
    if counts["added"] and not counts["removed"]:
        return "add-members"
    return "remove-members" if counts["removed"] and not counts["added"] else "update"
