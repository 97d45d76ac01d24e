"""What surrounds a member in the workspace's directory: numbers, details that point to lists, groups."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.domain.context import Context
from portal.domain.errors import Invalid
from portal.domain.texts import checked, fold
from portal.models import Company, Group, GroupMember, Member, MemberBucket, MemberCount, Subsidiary
from portal.models.prepared import Prepared

BUCKET = 512


_COUNT_KEY = ("workspace_id", "role", "custom_role_id", "origin", "status")


def _step(table: Any, key: Sequence[str]) -> Prepared:
    """Adds `members` to the count in the row with a key, which is made where there is none."""

    def on(insert: Any) -> Any:
        new = insert(table)
        return new.on_conflict_do_update(index_elements=list(key), set_={"members": table.c.members + new.excluded.members})

    return Prepared({"sqlite": on(sqlite.insert), "postgresql": on(postgresql.insert)}, [*key, "members"])


_BUCKET = _step(MemberBucket.__table__, ("workspace_id", "bucket"))
_COUNT = _step(MemberCount.__table__, _COUNT_KEY)


def next_member_seq(ctx: Context) -> int:
    """The next member's number; the workspace's lock must be held."""
    ctx.workspace.member_seq += 1
    return ctx.workspace.member_seq


def count_member(ctx: Context, member: Member, step: int) -> None:
    """Keeps the bucket counts that let a deep page be found without walking to it."""
    _BUCKET.later(ctx.session, workspace_id=ctx.workspace.id, bucket=member.seq // BUCKET, members=step)


Facet = tuple[str, str, str, str]


def facet(member: Member) -> Facet | None:
    """What the member is counted under: role, custom role or empty, origin (okta, sso or manual), status; None when removed."""
    if member.status == "removed":
        return None
    return (member.role, member.custom_role_id or "", origin(member), member.status)


def origin(member: Member) -> str:
    """Where the member comes from: `okta` when SCIM manages it, `sso` when signing in created it, `manual` otherwise."""
    if member.provisioned:
        return "okta"
    return "sso" if member.source == "sso" else "manual"


def recount(ctx: Context, before: Facet | None, after: Facet | None, number: int = 1) -> None:
    """Moves one member, or several, from the count of `before` to that of `after`."""
    if before != after:
        for key, step in ((before, -number), (after, number)):
            if key is not None:
                _count(ctx, key, step)


def move_counts(ctx: Context, old: str, new: str) -> None:
    """Counts everyone with the role `old` under `new`, whatever else they are counted under."""
    rows = select(MemberCount).where(MemberCount.workspace_id == ctx.workspace.id, MemberCount.role == old)
    for row in ctx.session.scalars(rows).all():
        _count(ctx, (new, row.custom_role_id, row.origin, row.status), row.members)
        row.members = 0


def _count(ctx: Context, key: Facet, step: int) -> None:
    values = dict(zip(_COUNT_KEY, (ctx.workspace.id, *key), strict=True))
    _COUNT.later(ctx.session, members=step, **values)


def received_names(member: Member) -> list[str]:
    """The whole name and the addresses among the kept attributes, the member's own ones included."""
    name, emails = member.attributes.get("name"), member.attributes.get("emails")
    found = [name.get("formatted")] if isinstance(name, dict) else []
    found += [item.get("value") if isinstance(item, dict) else item for item in (emails if isinstance(emails, list) else [emails])]
    return [text for text in found if isinstance(text, str)]


def leave_all_groups(ctx: Context, member: Member) -> None:
    """Takes the member out of every group; those groups have changed by it."""
    own = GroupMember.workspace_id == ctx.workspace.id, GroupMember.member_id == member.id
    groups = update(Group).where(Group.workspace_id == ctx.workspace.id, Group.id.in_(select(GroupMember.group_id).where(*own)))
    ctx.session.execute(groups.values(version=Group.version + 1, modified_at=ctx.now))
    ctx.session.execute(delete(GroupMember).where(*own))


def assign_details(ctx: Context, member: Member, values: dict[str, Any]) -> None:
    """Writes what is not plain text: user type, permission set, cost rate, ownership, kept attributes, company, subsidiary.

    Raises Invalid; an unknown key is a programming error (TypeError).
    """
    for field, value in values.items():
        setter = _SETTERS.get(field)
        if setter is None:
            raise TypeError(f"members have no field {field!r}")
        setter(ctx, member, value)
    if ctx.profile.features.companies and member.organization:
        _ensure_company(ctx, member.organization)
    if ctx.profile.features.subsidiaries and member.division:
        _check_subsidiary(ctx, member)


def _user_type(ctx: Context, member: Member, value: Any) -> None:
    wanted = fold(str(value or "").strip())
    if wanted and wanted == fold(member.user_type or ""):
        return  # what the member has comes back from a client that read it, even where it could not be given
    kind = next(
        (kind for kind in ctx.profile.user_types if wanted in (fold(kind.key), fold(kind.name))),
        None,
    )
    if kind is None and wanted:
        known = ", ".join(item.key for item in ctx.profile.user_types if item.scim or ctx.actor.kind != "token")
        raise Invalid(
            f"“{value}” is not a user type here. Valid values: {known}.",
            field="user_type",
        )
    if kind is not None and not kind.scim and ctx.actor.kind == "token":
        known = ", ".join(item.key for item in ctx.profile.user_types if item.scim)
        raise Invalid(
            f"User type “{kind.key}” cannot be given by SCIM. Valid values: {known}.",
            field="user_type",
        )
    if kind is not None:
        member.user_type = kind.key


def _permission_set(ctx: Context, member: Member, value: Any) -> None:
    if value and value == member.permission_set:
        return
    found = next(
        (item for item in ctx.profile.permission_sets if value and fold(str(value)) in (fold(item.key), fold(item.name))),
        None,
    )
    if found is None:
        known = ", ".join(item.key for item in ctx.profile.permission_sets)
        raise Invalid(
            f"“{value}” is not a permission set here. Valid values: {known}.",
            field="permission_set",
        )
    member.permission_set = found.key


def _cost_rate(ctx: Context, member: Member, value: Any) -> None:
    if value in (None, ""):
        member.cost_rate = None
        return
    try:
        rate = Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise Invalid("Enter the cost rate as a number, like 85.50.", field="cost_rate") from None
    if not rate.is_finite() or not 0 <= rate < Decimal(10) ** 10:
        raise Invalid("Enter a cost rate from 0 to 9,999,999,999.99.", field="cost_rate")
    member.cost_rate = rate


def _owner(ctx: Context, member: Member, value: Any) -> None:
    member.owner = bool(value)


def _attributes(ctx: Context, member: Member, value: Any) -> None:
    if value != member.attributes:
        member.attributes = dict(value)


def _provisioned(ctx: Context, member: Member, value: Any) -> None:
    member.provisioned = bool(value)


_SETTERS = {
    "user_type": _user_type,
    "permission_set": _permission_set,
    "cost_rate": _cost_rate,
    "owner": _owner,
    "attributes": _attributes,
    "provisioned": _provisioned,
}


def _ensure_company(ctx: Context, name: str) -> None:
    query = select(Company.id).where(Company.workspace_id == ctx.workspace.id, Company.name_folded == fold(name))
    if ctx.session.scalar(query) is None:
        ctx.session.add(
            Company(
                workspace_id=ctx.workspace.id,
                name=name,
                name_folded=fold(name),
                created_at=ctx.now,
            )
        )


def _check_subsidiary(ctx: Context, member: Member) -> None:
    own = subsidiaries(ctx)
    match = next((item for item in own if item.name_folded == fold(member.division or "")), None)
    if match is None:
        known = ", ".join(item.name for item in own) or "none yet; add it on the Members page first"
        raise Invalid(
            f"“{member.division}” is not a subsidiary here. Subsidiaries: {known}.",
            field="division",
        )


def subsidiaries(ctx: Context) -> list[Subsidiary]:
    """The workspace's subsidiaries, by name."""
    query = select(Subsidiary).where(Subsidiary.workspace_id == ctx.workspace.id).order_by(Subsidiary.name_folded)
    return list(ctx.session.scalars(query))


def add_subsidiary(ctx: Context, name: str) -> Subsidiary:
    """A new subsidiary; raises Invalid when it is empty or known."""
    name = checked(Subsidiary, "name", name.strip(), "The name")
    if not name or any(item.name_folded == fold(name) for item in subsidiaries(ctx)):
        raise Invalid("Enter a name that no other subsidiary has.", field="name")
    subsidiary = Subsidiary(
        workspace_id=ctx.workspace.id,
        name=name,
        name_folded=fold(name),
        created_at=ctx.now,
    )
    ctx.session.add(subsidiary)
    return subsidiary
