"""Counters and search made anew from the members and groups that they are about."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, delete, func, insert, select

from portal.domain import audit, details, invariants, search, workspaces
from portal.domain.context import Context, lock
from portal.domain.directory import BUCKET
from portal.models import Group, GroupBucket, Member, MemberBucket, MemberCount, SearchTerm


def repair(ctx: Context) -> list[str]:
    """Makes seats, numbers, counts, page indexes and search anew where they are off; returns what was, a sentence each.

    Members, groups and the audit log stay as they are; the audit log notes the repair. Holds the workspace's lock while it reads it all.
    """
    lock(ctx)
    wrong = list(invariants.broken(ctx))
    if not wrong:
        return []
    _count(ctx)
    _number(ctx)
    _index(ctx)
    audit.record(ctx, "workspace.repaired", workspaces.subject(ctx.workspace), before={"wrong": wrong[:20]})
    ctx.session.flush()
    return wrong


def _count(ctx: Context) -> None:
    here = {"workspace_id": ctx.workspace.id}
    own = Member.workspace_id == ctx.workspace.id, Member.status != "removed"
    custom = func.coalesce(Member.custom_role_id, "").label("custom")
    origin = case((Member.provisioned, "okta"), (Member.source == "sso", "sso"), else_="manual").label("origin")
    counted: list[tuple[Any, Any, tuple[str, ...]]] = [
        (MemberCount, select(Member.role, custom, origin, Member.status).where(*own), ("role", "custom_role_id", "origin", "status")),
        (MemberBucket, select((Member.seq // BUCKET).label("bucket")).where(*own), ("bucket",)),
        (GroupBucket, select((Group.seq // BUCKET).label("bucket")).where(Group.workspace_id == ctx.workspace.id), ("bucket",)),
    ]
    for table, query, names in counted:
        number = "groups" if table is GroupBucket else "members"
        rows = query.subquery()
        real = ctx.session.execute(select(*rows.c, func.count()).group_by(*rows.c)).all()
        ctx.session.execute(delete(table).where(table.workspace_id == ctx.workspace.id))
        if real:
            ctx.session.execute(insert(table), [{**here, **dict(zip(names, key, strict=True)), number: count} for *key, count in real])


def _number(ctx: Context) -> None:
    workspace = ctx.workspace
    paid = [role.key for role in ctx.profile.roles if role.paid]
    used = select(func.count()).where(Member.workspace_id == workspace.id, Member.status == "active", Member.role.in_(paid))
    workspace.seats_used = ctx.session.scalar(used) or 0
    for table, name in ((Member, "member_seq"), (Group, "group_seq")):
        highest = ctx.session.scalar(select(func.max(table.seq)).where(table.workspace_id == workspace.id)) or 0
        setattr(workspace, name, max(getattr(workspace, name), highest))


def _index(ctx: Context) -> None:
    living = select(Member.id).where(Member.workspace_id == ctx.workspace.id, Member.status != "removed")
    living_groups = select(Group.id).where(Group.workspace_id == ctx.workspace.id)
    stray = SearchTerm.subject_id.not_in(living.union_all(living_groups))
    ctx.session.execute(delete(SearchTerm).where(SearchTerm.workspace_id == ctx.workspace.id, stray))
    for group in ctx.session.scalars(select(Group).where(Group.workspace_id == ctx.workspace.id)):
        search.index(ctx, "group", group.id, [group.display_name])
    last = 0
    mine = select(Member).where(Member.workspace_id == ctx.workspace.id, Member.status != "removed")
    while rows := list(ctx.session.scalars(mine.where(Member.seq > last).order_by(Member.seq).limit(invariants.BATCH))):
        last = rows[-1].seq
        for row in rows:
            search.index(ctx, "member", row.id, details.findable_by(row))
            ctx.session.expunge(row)
