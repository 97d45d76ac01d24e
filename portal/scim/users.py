"""Users: what each request means for the workspace's members."""

from __future__ import annotations

from typing import Any

from portal.domain import mass_deactivations, members, provisioning
from portal.domain.texts import storable
from portal.models import Member
from portal.scim import auth, documents, etags, journal, mapping, patch, plural, stored, values
from portal.scim.call import Along, Call
from portal.scim.dialects import Dialect
from portal.scim.errors import MISSING, NotFound, NotSupported
from portal.scim.projection import Projection
from portal.scim.stored import Stored
from portal.web.proxies import the_request


def hold(call: Call, user_id: str, *, deactivates: bool = False) -> tuple[Member, str | None]:
    """The member with this id and its groups as `Stored` has them, under the workspace's lock; raises NotFound.

    What a deactivation will ask is asked along where one is expected.
    """
    journal.note(resource_type="User", resource_id=user_id)
    known = {"workspace_id": call.ctx.workspace.id, "member_id": user_id if storable(user_id) else ""}
    asks = mass_deactivations.asks(call.ctx) if deactivates else ()
    row, groups, *ahead = auth.hold(call, (members.BY_ID, known), (stored.GROUPS_OF, known), *asks)
    call.ctx.ahead = {query: found for (query, _), found in zip(asks, ahead, strict=True)}
    member = members.of_row(call.ctx, row)
    journal.note(subject=members.label(member))
    return member, groups[0] if groups else None


def along(_dialect: Dialect) -> Along | None:
    """What `read` looks up."""
    user_id = (the_request().view_args or {}).get("key", "")
    return (stored.ONE, {"member_id": user_id}) if storable(user_id) else None


def read(call: Call, user_id: str) -> Stored:
    """The User with this id, to be served; raises NotFound."""
    journal.note(resource_type="User", resource_id=user_id)
    found = stored.one(call, user_id) if storable(user_id) else None
    if found is None:
        raise NotFound(MISSING)
    return found


def create(call: Call, body: dict[str, Any]) -> Stored:
    """A new member; raises what the directory refuses."""
    journal.note(operation="create", resource_type="User", body=body, subject=_said(body))
    changes = mapping.for_create(call, values.read(call.resources.user, body))
    changes.pop("provisioned")
    draft = members.draft(call.ctx, changes, source="scim")
    stored.prepare(draft)
    (namesake,) = auth.hold(call, (members.NAMED, members.name_of(draft)))
    member = members.admit(call.ctx, draft, namesake)
    journal.note(resource_id=member.id, subject=members.label(member))
    provisioning.reach(call.ctx, "first-user")
    return stored.written(call, member)


def replace(call: Call, user_id: str, body: dict[str, Any], if_match: str | None = None) -> Stored:
    """The member as the body says; an unprovisioned one becomes provisioned by it (linking)."""
    journal.note(operation="update", resource_type="User", resource_id=user_id, body=body)
    given = values.read(call.resources.user, body)
    member, groups = hold(call, user_id, deactivates=given.get("active") is False)
    etags.require(if_match, member.version)
    current = documents.user(call, member, None)
    _write(call, member, mapping.for_replace(call, member, current, given))
    return stored.written(call, member, groups)


def modify(call: Call, user_id: str, body: dict[str, Any], if_match: str | None = None) -> Stored:
    """The member after the operations of a PATCH, all of them or none."""
    journal.note(operation="update", resource_type="User", resource_id=user_id, body=body)
    steps = patch.operations(body)
    member, groups = hold(call, user_id, deactivates=any(map(_ends_activity, steps)))
    etags.require(if_match, member.version)
    before = {name: value for name, value in documents.writable(call, member).items() if name not in values.IGNORED}
    if before.get("roles"):
        before["roles"] = plural.as_objects(before["roles"])
    after = patch.apply(before, steps, call.resources.user)
    touched = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    # What was not touched was read when it came.
    after |= values.read(call.resources.user, {name: after.pop(name) for name in touched & after.keys()})
    _write(call, member, mapping.for_patch(call, member, before, after, touched))
    return stored.written(call, member, groups)


def delete(call: Call, user_id: str, if_match: str | None = None) -> None:
    """Ends the member for the directory; raises NotSupported where the product keeps its users (RFC 7644 §3.12: 501)."""
    journal.note(operation="delete")
    member, _ = hold(call, user_id)
    if not call.ctx.profile.scim.delete_users:
        raise NotSupported(f"{call.ctx.profile.product} keeps its users: deactivate this one with active false instead.")
    etags.require(if_match, member.version)
    members.remove(call.ctx, member)


def shown(call: Call, row: Stored, projection: Projection) -> Any:
    """The member as a User in the call's dialect."""
    return stored.shown(call, [row], projection)[0]


def _write(call: Call, member: Member, changes: dict[str, Any]) -> None:
    linking, was_active = not member.provisioned, member.active
    changed = members.update_member(call.ctx, member, changes)
    operation = "update"
    if linking:
        operation = "link"
        provisioning.reach(call.ctx, "first-user")
    elif was_active != member.active:
        operation = "reactivate" if member.active else "deactivate"
    journal.note(operation=operation, subject=members.label(member), changes={"fields": sorted(changed)})


def _ends_activity(step: patch.Operation) -> bool:
    """Whether the step looks as if it deactivated, by the names that clients use; one that does so otherwise asks later what it needs."""
    if step.path is None:
        return any(name.lower().endswith("active") and value is not True for name, value in step.value.items())
    return step.path.lower().endswith("active") and step.value is not True


def _said(body: dict[str, Any]) -> str:
    name = next((value for key, value in body.items() if key.lower() == "username"), "")
    return name if isinstance(name, str) else ""
