"""Lists around groups: the groups of a workspace, who is in one, and who could be added."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from portal.domain import search
from portal.domain.context import Context
from portal.domain.listing import Listing, Page
from portal.models import Group, GroupMember, Member

OFFERED = 20


@dataclass(frozen=True)
class Found:
    """A page of groups with how many members each has (by id), and whether the search met more groups than it looks at."""

    page: Page[Group]
    sizes: dict[str, int]
    capped: bool = False


def find(ctx: Context, text: str = "", *, before: str = "", after: str = "") -> Found:
    """A page of the groups of which a word begins with `text`, by name."""
    branch = [Group.workspace_id == ctx.workspace.id]
    if text.strip():
        branch.append(Group.id.in_(select(search.matches(ctx, "group", text).subquery().c.subject_id)))
    page = Listing(Group, [Group.display_name_folded], [branch], descending=False).page(ctx, before=before, after=after)
    return Found(page, sizes(ctx, [group.id for group in page.rows]), bool(text.strip()) and search.too_many(ctx, "group", text))


def sizes(ctx: Context, group_ids: list[str]) -> dict[str, int]:
    """How many members these groups have, by id; groups without any are left out."""
    query = select(GroupMember.group_id, func.count()).where(
        GroupMember.workspace_id == ctx.workspace.id,
        GroupMember.group_id.in_(group_ids),
    )
    return dict(ctx.session.execute(query.group_by(GroupMember.group_id)).tuples().all())


def members_of(ctx: Context, group: Group, *, before: str = "", after: str = "") -> Page[Member]:
    """A page of the members of a group, the latest in the workspace first."""
    inside = select(GroupMember.member_id).where(GroupMember.group_id == group.id)
    branch = [Member.workspace_id == ctx.workspace.id, Member.id.in_(inside)]
    return Listing(Member, [Member.seq], [branch]).page(ctx, before=before, after=after)


def candidates(ctx: Context, group: Group, text: str) -> list[Member]:
    """Members that a search finds and that are not in the group yet, at most OFFERED."""
    found = search.matches(ctx, "member", text).subquery()
    inside = select(GroupMember.member_id).where(GroupMember.group_id == group.id)
    query = select(Member).where(
        Member.workspace_id == ctx.workspace.id,
        Member.id.in_(select(found.c.subject_id)),
        Member.id.not_in(inside),
        Member.status != "removed",
    )
    return list(ctx.session.scalars(query.order_by(Member.display_name, Member.seq).limit(OFFERED)))
