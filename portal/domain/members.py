"""Members: found, created, changed; every way in or out of a workspace ends here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, literal, select, update

from portal.domain import audit, directory, mass_deactivations, provisioning, roles, search, seats, sessions
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, LastOwner, Locked, NotFound, Taken
from portal.domain.texts import checked, fold, storable, visible
from portal.models import Member
from portal.models.base import new_id
from portal.models.lists import one_of
from portal.models.prepared import Prepared
from portal.models.rows import MEMBERS

PROFILE_FIELDS = {
    "user_name": "The user name",
    "email": "The e-mail address",
    "given_name": "The first name",
    "family_name": "The last name",
    "display_name": "The display name",
    "title": "The title",
    "department": "The department",
    "organization": "The company",
    "division": "The subsidiary",
    "manager": "The manager",
    "external_id": "The external id",
}
# What the directory manages: locked for people while SCIM is on. Cost rate, permission set and ownership stay the portal's.
MANAGED_FIELDS = frozenset(PROFILE_FIELDS) | {"role", "user_type", "active"}


BY_ID = Prepared(select(*MEMBERS.columns).where(Member.workspace_id == bindparam("workspace_id"), Member.id == bindparam("member_id")))
"""The row of `MEMBERS` with a `member_id` in a `workspace_id`."""
_NAMED = Prepared(select(Member.id).where(Member.workspace_id == bindparam("workspace_id"), Member.user_name_folded == bindparam("folded")))
_TOUCH = Prepared(
    update(Member).where(Member.workspace_id == bindparam("here"), one_of(Member.id, "ids")).values(version=Member.version + literal(1))
)


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


def is_managed(ctx: Context, member: Member) -> bool:
    """Whether a directory manages the member just now: provisioned, and SCIM is on."""
    return member.provisioned and provisioning.is_on(ctx)


def create(ctx: Context, changes: Mapping[str, Any], *, source: str, owner: bool = False) -> Member:
    """A new member from `changes` (see `update`); unset role and type take the profile's defaults.

    Raises Invalid, Taken or NoSeatLeft; a half-written member never stays.
    """
    _begin(ctx)
    values = dict(changes)
    active = bool(values.pop("active", True))
    member = Member(
        id=new_id(),
        workspace_id=ctx.workspace.id,
        seq=directory.next_member_seq(ctx),
        source=source,
        provisioned=source == "scim",
        owner=owner,
        user_name="",
        given_name="",
        family_name="",
        display_name="",
        user_type=ctx.profile.default_user_type,
        role=ctx.profile.default_role,
        permission_set=ctx.profile.default_permission_set or None,
        status="active" if active else "inactive",
        attributes={},
        version=1,
        created_at=ctx.now,
        modified_at=ctx.now,
    )
    if not values.get("user_name"):
        raise Invalid("userName is required: give the person a user name.", field="user_name")
    with ctx.session.no_autoflush:
        _assign(ctx, member, values)
    seats.settle(ctx, member, used_before=False)
    MEMBERS.insert(ctx.session, member)
    directory.count_member(ctx, member, 1)
    directory.recount(ctx, None, directory.facet(member))
    search.index(ctx, "member", member.id, findable_by(member), new=True)
    audit.record(ctx, "member.created", subject(member), after=snapshot(member))
    return member


def update_member(ctx: Context, member: Member, changes: Mapping[str, Any]) -> set[str]:
    """Writes `changes` and returns the fields that really changed.

    Keys: those of PROFILE_FIELDS, `role` (key, name or custom id), `user_type`, `permission_set`, `cost_rate`, `owner`, `active`,
    `attributes`, `provisioned`.
    Raises Invalid, Taken, NoSeatLeft, LastOwner; then nothing is changed.
    """
    _begin(ctx)
    before, used = (
        snapshot(member),
        seats.uses_seat(ctx.profile, role=member.role, active=member.active),
    )
    was_owner, counted, findable = member.owner and member.active, directory.facet(member), findable_by(member)
    with ctx.session.no_autoflush:
        values = dict(changes)
        if "active" in values:
            _set_active(ctx, member, bool(values.pop("active")))
        _assign(ctx, member, values)
        _keep_an_owner(ctx, member, was_owner)
        seats.settle(ctx, member, used_before=used)
    after = snapshot(member)
    changed = {name for name in after if after[name] != before[name]}
    if changed or ctx.session.is_modified(member):
        member.version, member.modified_at = member.version + 1, ctx.now
    directory.recount(ctx, counted, directory.facet(member))
    if member.status != "removed" and findable_by(member) != findable:
        search.index(ctx, "member", member.id, findable_by(member))
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
    before, counted, was_active = snapshot(member), directory.facet(member), member.active
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


def refuse_managed(ctx: Context, member: Member, changes: Mapping[str, Any]) -> None:
    """Raises Locked when a person would change what the directory manages."""
    if is_managed(ctx, member):
        locked = sorted(field for field in changes if field in MANAGED_FIELDS and changes[field] != _current(member, field))
        if locked:
            raise Locked(
                f"{label(member)} is managed by Okta. Change this in Okta; it arrives here by itself.",
                field=locked[0],
            )


def label(member: Member) -> str:
    """How pages and logs call the member."""
    names = (member.display_name, f"{member.given_name} {member.family_name}".strip())
    return next((name for name in names if visible(name)), member.user_name)


def subject(member: Member) -> tuple[str, str | None, str]:
    """The member as the subject of an audit entry."""
    return ("member", member.id, label(member))


_SNAPSHOT = (
    *PROFILE_FIELDS,
    "role",
    "custom_role_id",
    "user_type",
    "permission_set",
    "status",
    "owner",
    "provisioned",
)


def snapshot(member: Member) -> dict[str, Any]:
    """The member's audited fields."""
    values = {name: getattr(member, name) for name in _SNAPSHOT}
    values["cost_rate"] = None if member.cost_rate is None else str(member.cost_rate)
    return values


def _begin(ctx: Context) -> None:
    """Takes the lock and writes what is pending, so that the look-ups below see it."""
    lock(ctx)
    ctx.session.flush()


def findable_by(member: Member) -> list[str | None]:
    """Names and addresses; SCIM's filters look candidates up by them, too, so none of these may be left out."""
    given, family = member.given_name, member.family_name
    names = [member.display_name, f"{given} {family}", f"{family} {given}", member.user_name, member.email]
    return [*names, *directory.received_names(member)]


def _only(values: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: values[name] for name in sorted(names)}


def _current(member: Member, field: str) -> Any:
    if field == "role":
        return member.custom_role_id or member.role
    return member.active if field == "active" else getattr(member, field)


def _action(changed: set[str], member: Member) -> str:
    if "status" in changed:
        return "member.reactivated" if member.active else "member.deactivated"
    return "member.role-changed" if changed <= {"role", "custom_role_id"} else "member.changed"


def _set_active(ctx: Context, member: Member, active: bool) -> None:
    if member.active and not active:
        mass_deactivations.require_passage(ctx)
    if member.status != "removed":
        member.status = "active" if active else "inactive"


def _assign(ctx: Context, member: Member, values: dict[str, Any]) -> None:
    for field, name in PROFILE_FIELDS.items():
        if field in values:
            value = values.pop(field)
            text = (
                checked(
                    Member,
                    field,
                    str(value).strip() if field != "user_name" else str(value),
                    name,
                )
                if value is not None
                else None
            )
            required_text = field in ("given_name", "family_name", "display_name")
            setattr(member, field, (text or "") if required_text else (text or None))
    _check_names(ctx, member)
    if values.get("role"):
        choice = roles.resolve(ctx, str(values["role"]), member)
        member.role, member.custom_role_id = choice.key, choice.custom_id
    values.pop("role", None)
    directory.assign_details(ctx, member, values)
    if member.given_name or member.family_name:
        member.display_name = member.display_name or f"{member.given_name} {member.family_name}".strip()


def _check_names(ctx: Context, member: Member) -> None:
    if not visible(member.user_name or ""):
        raise Invalid("userName cannot be empty: give the person a user name.", field="user_name")
    if ctx.profile.scim.user_name_is_email and "@" not in member.user_name:
        raise Invalid(
            f"userName “{member.user_name}” is not an e-mail address. Set the user name format to Email.",
            field="user_name",
        )
    if member.email is not None and ("@" not in member.email.strip("@") or any(char.isspace() for char in member.email)):
        raise Invalid(f"“{member.email}” is not an e-mail address.", field="email")
    if member.status != "removed":
        folded = fold(member.user_name)
        if folded != member.user_name_folded:
            other = _NAMED.first(ctx.session, workspace_id=ctx.workspace.id, folded=folded)
            if other is not None and other[0] != member.id:
                raise Taken(
                    f"There is a member with the user name “{member.user_name}” already.",
                    field="user_name",
                )
            member.user_name_folded = folded
    member.email_folded = fold(member.email) if member.email else None


def _keep_an_owner(ctx: Context, member: Member, was_owner: bool) -> None:
    if was_owner and not (member.owner and member.active):
        others = select(func.count()).where(
            Member.workspace_id == ctx.workspace.id,
            Member.owner,
            Member.status == "active",
            Member.id != member.id,
        )
        if not ctx.session.scalar(others):
            raise LastOwner(f"{label(member)} is the last owner of {ctx.workspace.name}. Make another member an owner first.")


def touch_version(ctx: Context, member_ids: list[str]) -> None:
    """Moves the version of members whose groups changed, so that their ETags move."""
    if member_ids:
        _TOUCH.later(ctx.session, here=ctx.workspace.id, ids=member_ids)
