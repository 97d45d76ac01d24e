"""Members: found, created, changed; every way in or out of a workspace ends here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from portal.domain import audit, details, directory, mass_deactivations, roles, search, seats, sessions
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, LastOwner, NotFound, Taken
from portal.domain.telling import Name, told
from portal.domain.texts import fold, storable, visible
from portal.models import Member
from portal.models.prepared import Prepared
from portal.models.rows import MEMBERS

BY_ID = Prepared(select(*MEMBERS.columns).where(Member.workspace_id == bindparam("workspace_id"), Member.id == bindparam("member_id")))
"""The row of `MEMBERS` with a `member_id` in a `workspace_id`."""
NAMED = Prepared(select(Member.id).where(Member.workspace_id == bindparam("workspace_id"), Member.user_name_folded == bindparam("folded")))
"""The id of the member whose user name is `folded` in a `workspace_id`, as a row."""


def get(ctx: Context, member_id: str, *, removed: bool = False) -> Member:
    """The workspace's member `member_id`; raises NotFound, also for one that was removed unless `removed`."""
    row = BY_ID.first(ctx.session, workspace_id=ctx.workspace.id, member_id=member_id) if storable(member_id) else None
    return of_row(ctx, row, removed=removed)


def of_row(ctx: Context, row: Sequence[Any] | None, *, removed: bool = False) -> Member:
    """The member of what BY_ID found; raises NotFound as `get` does."""
    member = MEMBERS.attached(ctx.session, row) if row is not None else None
    if member is None or (member.status == "removed" and not removed):
        raise NotFound("There is no such member.")
    return member


def by_user_name(ctx: Context, user_name: str) -> Member | None:
    """The member with this user name in any letter case, or None."""
    query = select(Member).where(
        Member.workspace_id == ctx.workspace.id,
        Member.user_name_folded == fold(user_name),
    )
    return ctx.session.scalar(query)


def by_login(ctx: Context, login: str) -> Member | None:
    """The member whose user name, or else whose only e-mail address, is `login` in any letter case; None when unknown or ambiguous."""
    member = by_user_name(ctx, login)
    if member is not None:
        return member
    query = select(Member).where(
        Member.workspace_id == ctx.workspace.id,
        Member.email_folded == fold(login),
        Member.status != "removed",
    )
    found = list(ctx.session.scalars(query.limit(2)))
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Draft:
    """A member who is not in the workspace yet, and the text that names its role where it is none of the built-in ones."""

    member: Member
    role: str
    terms: list[str]


def draft(ctx: Context, changes: Mapping[str, Any], *, source: str, owner: bool = False) -> Draft:
    """A new member of `changes` (see `update_member`), checked as far as that needs no look at the workspace; raises Invalid.

    Unset role and type take the profile's defaults.
    """
    values = dict(changes)
    if not values.get("user_name"):
        raise Invalid("userName is required: give the person a user name.", field="user_name")
    member = MEMBERS.new(
        workspace_id=ctx.workspace.id,
        seq=0,
        source=source,
        provisioned=source == "scim",
        owner=owner,
        user_name="",
        user_type=ctx.profile.default_user_type,
        role=ctx.profile.default_role,
        permission_set=ctx.profile.default_permission_set or None,
        status="active" if values.pop("active", True) else "inactive",
        created_at=ctx.now,
        modified_at=ctx.now,
    )
    role = details.write(ctx, member, values)
    member.user_name_folded = fold(member.user_name)
    return Draft(member, role, sorted(search.terms(details.findable_by(member))))


def create(ctx: Context, changes: Mapping[str, Any], *, source: str, owner: bool = False) -> Member:
    """A new member from `changes`; raises Invalid, Taken or NoSeatLeft, and a half-written member never stays."""
    made = draft(ctx, changes, source=source, owner=owner)
    _begin(ctx)
    return admit(ctx, made, NAMED.first(ctx.session, **name_of(made)))


def name_of(made: Draft) -> dict[str, Any]:
    """What to ask NAMED for, to be told who has the draft's user name already."""
    return {"workspace_id": made.member.workspace_id, "folded": made.member.user_name_folded}


def admit(ctx: Context, made: Draft, namesake: Sequence[Any] | None) -> Member:
    """The drafted member, now in the workspace; `namesake` is what NAMED found under the lock. Raises as `create` does."""
    lock(ctx)
    member = made.member
    with ctx.session.no_autoflush:
        _fit(ctx, member, made.role, namesake)
    member.seq = directory.next_member_seq(ctx)
    seats.settle(ctx, member, used_before=False)
    MEMBERS.insert(ctx.session, member)
    directory.count_member(ctx, member, 1)
    directory.recount(ctx, None, directory.facet(member))
    search.add(ctx, "member", member.id, made.terms)
    audit.record(ctx, "member.created", subject(member), after=details.snapshot(member))
    return member


def update_member(ctx: Context, member: Member, changes: Mapping[str, Any]) -> set[str]:
    """Writes `changes` and returns the fields that really changed.

    Keys: those of `details.PROFILE_FIELDS`, `role` (key, name or custom id), `user_type`, `permission_set`, `cost_rate`, `owner`, `active`,
    `attributes`, `provisioned`.
    Raises Invalid, Taken, NoSeatLeft, LastOwner; then nothing is changed.
    """
    _begin(ctx)
    before, used = (
        details.snapshot(member),
        seats.uses_seat(ctx.profile, role=member.role, active=member.active),
    )
    was_owner, counted, findable = member.owner and member.active, directory.facet(member), details.findable_by(member)
    with ctx.session.no_autoflush:
        values = dict(changes)
        if "active" in values:
            _set_active(ctx, member, bool(values.pop("active")))
        role = details.write(ctx, member, values)
        named = fold(member.user_name)
        known = {"workspace_id": ctx.workspace.id, "folded": named}
        _fit(ctx, member, role, NAMED.first(ctx.session, **known) if named != member.user_name_folded else None)
        _keep_an_owner(ctx, member, was_owner)
        seats.settle(ctx, member, used_before=used)
    after = details.snapshot(member)
    changed = {name for name in after if after[name] != before[name]}
    if changed or ctx.session.is_modified(member):
        member.version, member.modified_at = member.version + 1, ctx.now
    directory.recount(ctx, counted, directory.facet(member))
    if member.status != "removed" and details.findable_by(member) != findable:
        search.index(ctx, "member", member.id, details.findable_by(member))
    if "status" in changed and member.active:
        mass_deactivations.reactivated(ctx, member)
    elif "status" in changed:
        sessions.end_with(ctx, member, "deactivated")
        mass_deactivations.deactivated(ctx, member)
    if changed:
        audit.record(
            ctx,
            _action(changed, member),
            subject(member),
            before=_only(before, changed),
            after=_only(after, changed),
        )
    return changed


def remove(ctx: Context, member: Member) -> None:
    """Ends the member for the directory: gone from lists, groups and seats, kept in history; the user name is free again."""
    lock(ctx)
    used, was_owner = (
        seats.uses_seat(ctx.profile, role=member.role, active=member.active),
        member.owner and member.active,
    )
    before, counted, was_active = details.snapshot(member), directory.facet(member), member.active
    if was_active:
        mass_deactivations.require_passage(ctx)
    member.status, member.user_name_folded = "removed", None
    member.version, member.modified_at = member.version + 1, ctx.now
    with ctx.session.no_autoflush:
        _keep_an_owner(ctx, member, was_owner)
        seats.settle(ctx, member, used_before=used)
    directory.count_member(ctx, member, -1)
    directory.recount(ctx, counted, None)
    search.forget(ctx, member.id)
    mass_deactivations.removed(ctx, member, was_active=was_active)
    directory.leave_all_groups(ctx, member)
    sessions.end_with(ctx, member, "removed")
    audit.record(ctx, "member.removed", subject(member), before=before)


def label(member: Member) -> str:
    """How pages and logs call the member."""
    names = (member.display_name, f"{member.given_name} {member.family_name}".strip())
    return next((name for name in names if visible(name)), member.user_name)


def subject(member: Member) -> tuple[str, str | None, str]:
    """The member as the subject of an audit entry."""
    return ("member", member.id, label(member))


def _begin(ctx: Context) -> None:
    """Takes the lock and writes what is pending, so that the look-ups below see it."""
    lock(ctx)
    ctx.session.flush()


def _only(values: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: values[name] for name in sorted(names)}


def _action(changed: set[str], member: Member) -> str:
    if "status" in changed:
        return "member.reactivated" if member.active else "member.deactivated"
    return "member.role-changed" if changed <= {"role", "custom_role_id"} else "member.changed"


def _set_active(ctx: Context, member: Member, active: bool) -> None:
    if member.active and not active:
        mass_deactivations.require_passage(ctx)
    if member.status != "removed":
        member.status = "active" if active else "inactive"


def _fit(ctx: Context, member: Member, role: str, namesake: Sequence[Any] | None) -> None:
    """Makes what was written fit the workspace: a free user name, its custom roles, its companies and subsidiaries.

    `namesake` is who has the user name, as NAMED finds it; raises Taken or Invalid.
    """
    if member.status != "removed":
        if namesake is not None and namesake[0] != member.id:
            raise Taken(told("There is a member with the user name “", Name(member.user_name), "” already."), field="user_name")
        member.user_name_folded = fold(member.user_name)
    if role:
        choice = roles.resolve(ctx, role, member)
        member.role, member.custom_role_id = choice.key, choice.custom_id
    directory.fit_lists(ctx, member)


def _keep_an_owner(ctx: Context, member: Member, was_owner: bool) -> None:
    if was_owner and not (member.owner and member.active):
        others = select(func.count()).where(
            Member.workspace_id == ctx.workspace.id,
            Member.owner,
            Member.status == "active",
            Member.id != member.id,
        )
        if not ctx.session.scalar(others):
            raise LastOwner(told(Name(label(member)), f" is the last owner of {ctx.workspace.name}. Make another member an owner first."))
