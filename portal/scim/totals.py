"""How long a list is, from what the directory counts as it changes: no request counts a table for the lists that clients ask for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text

from portal.domain.context import Context
from portal.models import Group, GroupBucket, Member, MemberBucket, MemberCount
from portal.scim.attributes import ResourceType
from portal.scim.filters import Compare, Filter

BUCKETS: dict[Any, tuple[Any, Any]] = {Member: (MemberBucket, MemberBucket.members), Group: (GroupBucket, GroupBucket.groups)}
# As the partial index `ix_members_active_taken_away` has them.
_TAKEN_AWAY = {"sqlite": text("json_type(attributes, '$.active') = 'null'"), "postgresql": text("attributes -> 'active' = 'null'::jsonb")}


def of_all(ctx: Context, resource: ResourceType) -> int:
    """How many resources of the type there are."""
    bucket, rows = BUCKETS[resource.model]
    return _sum(ctx, select(func.sum(rows)).where(bucket.workspace_id == ctx.workspace.id))


def of_filter(ctx: Context, resource: ResourceType, node: Filter) -> int | None:
    """How many resources the filter finds, for `active eq …` alone; None when they have to be counted."""
    status = _status(resource, node)
    if status is None:
        return None
    counts = select(func.sum(MemberCount.members)).where(MemberCount.workspace_id == ctx.workspace.id, MemberCount.status == status)
    hidden = select(func.count()).select_from(Member).where(Member.workspace_id == ctx.workspace.id, Member.status == status)
    return _sum(ctx, counts) - _sum(ctx, hidden.where(_TAKEN_AWAY[ctx.session.get_bind().dialect.name]))


def _status(resource: ResourceType, node: Filter) -> str | None:
    if not isinstance(node, Compare) or node.op != "eq":
        return None
    found = resource.find(str(node.path))
    wanted = {"true": True, "false": False}.get(str(node.value).lower())
    if found is None or found.attribute.computed != "status" or wanted is None:
        return None
    return "active" if wanted else "inactive"


def _sum(ctx: Context, query: Any) -> int:
    return int(ctx.session.scalar(query) or 0)
