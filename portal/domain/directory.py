"""What surrounds a member in the workspace's directory: numbers, details that point to lists, groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, literal, select, update

from portal.domain.context import Context
from portal.domain.errors import Invalid
from portal.domain.texts import checked, fold, quoted
from portal.models import Company, Group, GroupMember, Member, MemberBucket, MemberCount, Subsidiary
from portal.models.lists import Listed
from portal.models.prepared import Prepared, unless_there

BUCKET = 512


_COUNT_KEY = ("workspace_id", "role", "custom_role_id", "origin", "status")


def _step(table: Any, key: Sequence[str], rows: int = 1) -> Prepared:
    """Adds `members` to the count in the row with a key, which is made where there is none.

    Of several rows each parameter's name ends in the row's number.
    """
    names = [*key, "members"]

    def on(insert: Any) -> Any:
        new = insert(table)
        if rows > 1:
            new = new.values([{name: bindparam(f"{name}{row}", type_=table.c[name].type) for name in names} for row in range(rows)])
        return new.on_conflict_do_update(index_elements=list(key), set_={"members": table.c.members + new.excluded.members})

    return unless_there(on, names if rows == 1 else None)


_BUCKET = _step(MemberBucket.__table__, ("workspace_id", "bucket"))
_COUNT = _step(MemberCount.__table__, _COUNT_KEY)
_MOVE = _step(MemberCount.__table__, _COUNT_KEY, rows=2)
_TOUCH = Listed(
    lambda matching: Prepared(
        update(Member).where(Member.workspace_id == bindparam("here"), matching(Member.id)).values(version=Member.version + literal(1))
    )
)


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
    steps = [(key, step) for key, step in ((before, -number), (after, number)) if key is not None]
    if before == after:
        return
    if len(steps) == 2:
        rows = [_count_of(ctx, key, step) for key, step in steps]
        _MOVE.later(ctx.session, **{f"{name}{at}": value for at, row in enumerate(rows) for name, value in row.items()})
        return
    for key, step in steps:
        _count(ctx, key, step)


def move_counts(ctx: Context, old: str, new: str) -> None:
    """Counts everyone with the role `old` under `new`, whatever else they are counted under."""
    rows = select(MemberCount).where(MemberCount.workspace_id == ctx.workspace.id, MemberCount.role == old)
    for row in ctx.session.scalars(rows).all():
        _count(ctx, (new, row.custom_role_id, row.origin, row.status), row.members)
        row.members = 0


def _count(ctx: Context, key: Facet, step: int) -> None:
    _COUNT.later(ctx.session, **_count_of(ctx, key, step))


def _count_of(ctx: Context, key: Facet, step: int) -> dict[str, Any]:
    return {**dict(zip(_COUNT_KEY, (ctx.workspace.id, *key), strict=True)), "members": step}


def leave_all_groups(ctx: Context, member: Member) -> None:
    """Takes the member out of every group; those groups have changed by it."""
    own = GroupMember.workspace_id == ctx.workspace.id, GroupMember.member_id == member.id
    groups = update(Group).where(Group.workspace_id == ctx.workspace.id, Group.id.in_(select(GroupMember.group_id).where(*own)))
    ctx.session.execute(groups.values(version=Group.version + 1, modified_at=ctx.now))
    ctx.session.execute(delete(GroupMember).where(*own))


def touch_version(ctx: Context, member_ids: list[str]) -> None:
    """Moves the version of members whose groups changed, so that their ETags move."""
    if member_ids:
        touching, listed = _TOUCH.of(member_ids)
        touching.later(ctx.session, here=ctx.workspace.id, **listed)


def fit_lists(ctx: Context, member: Member) -> None:
    """Adds the member's company to the workspace's, and raises Invalid when its subsidiary is none of them; the lock must be held."""
    if ctx.profile.features.companies and member.organization:
        _ensure_company(ctx, member.organization)
    if ctx.profile.features.subsidiaries and member.division:
        _check_subsidiary(ctx, member)


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
            f"{quoted(member.division)} is not a subsidiary here. Subsidiaries: {known}.",
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
