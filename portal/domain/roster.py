"""The members list: who is in the workspace, filtered by role, status and origin, or found by search."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from sqlalchemy import and_, false, func, or_, select

from portal.domain import by_hand, managed, search
from portal.domain.context import Context
from portal.domain.listing import Condition, Listing, Page
from portal.domain.texts import storable
from portal.models import CustomRole, Member, MemberCount

STATUSES = ("active", "inactive")
# Origin -> (provisioned, source) as members have them; see directory.origin.
ORIGINS = {
    "okta": [(True, "scim"), (True, "manual"), (True, "sso")],
    "manual": [(False, "manual"), (False, "scim")],
    "sso": [(False, "sso")],
}


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to; empty texts narrow nothing, unknown values find nobody.

    `role` is a built-in role's key or a custom role's id, `status` one of STATUSES, `origin` one of ORIGINS.
    """

    text: str = ""
    role: str = ""
    status: str = ""
    origin: str = ""

    def __post_init__(self) -> None:
        for field in ("role", "status", "origin"):
            if not storable(getattr(self, field)):
                object.__setattr__(self, field, "?")


@dataclass(frozen=True)
class Found:
    """A page of members, how many there are in all, and whether the search met more people than it looks at."""

    page: Page[Member]
    total: int
    capped: bool = False


def find(ctx: Context, narrow: Filter, *, before: str = "", after: str = "") -> Found:
    """A page of the members that fit, the latest first."""
    listing = Listing(Member, [Member.seq], _branches(ctx, narrow))
    page = listing.page(ctx, before=before, after=after)
    if not narrow.text.strip():
        return Found(page, counted(ctx, narrow))
    total = sum(ctx.session.scalar(select(func.count()).where(*branch)) or 0 for branch in listing.branches)
    return Found(page, total, search.too_many(ctx, "member", narrow.text))


def named(ctx: Context, ids: list[str]) -> list[Member]:
    """The members with these ids that are in the workspace, by name."""
    query = select(Member).where(Member.workspace_id == ctx.workspace.id, Member.id.in_(ids), Member.status != "removed")
    return list(ctx.session.scalars(query.order_by(Member.display_name, Member.seq)))


def ready(ctx: Context, chosen: list[Member]) -> list[Member]:
    """Those of the chosen whom the actor can deactivate or reactivate by hand: not managed by Okta, no owner unless the actor is one."""
    return [member for member in chosen if not managed.is_managed(ctx, member) and by_hand.may_touch(ctx, member)]


def counted(ctx: Context, narrow: Filter) -> int:
    """How many members fit, from the counts; `text` is not looked at."""
    query = select(func.coalesce(func.sum(MemberCount.members), 0)).where(MemberCount.workspace_id == ctx.workspace.id)
    if narrow.role:
        builtin = ctx.profile.has_role(narrow.role)
        query = query.where(
            MemberCount.role == narrow.role if builtin else MemberCount.custom_role_id == narrow.role,
            MemberCount.custom_role_id == "" if builtin else MemberCount.custom_role_id != "",
        )
    if narrow.status:
        query = query.where(MemberCount.status == narrow.status)
    if narrow.origin:
        query = query.where(MemberCount.origin == narrow.origin)
    return ctx.session.scalar(query) or 0


def by_role(ctx: Context) -> dict[tuple[str, str], dict[str, int]]:
    """How many members there are by (role, custom role id or empty) and status."""
    query = select(MemberCount.role, MemberCount.custom_role_id, MemberCount.status, func.sum(MemberCount.members))
    query = query.where(MemberCount.workspace_id == ctx.workspace.id)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for role, custom, status, number in ctx.session.execute(
        query.group_by(MemberCount.role, MemberCount.custom_role_id, MemberCount.status)
    ):
        found.setdefault((role, custom), dict.fromkeys(STATUSES, 0))[status] = int(number)
    return found


def _branches(ctx: Context, narrow: Filter) -> list[list[Condition]]:
    """Conditions that each are the beginning of one index on members and together let through exactly those who fit."""
    own: list[Condition] = [Member.workspace_id == ctx.workspace.id]
    role = _role(ctx, narrow.role)
    origins: list[list[Condition]] = [[]]
    if role or narrow.origin:
        pairs = ORIGINS.get(narrow.origin, []) if narrow.origin else [pair for pairs in ORIGINS.values() for pair in pairs]
        origins = [[Member.provisioned.is_(managed), Member.source == source] for managed, source in pairs]
    statuses = [status for status in STATUSES if narrow.status in ("", status)]
    branches = [[*own, *role, *origin, Member.status == status] for origin, status in product(origins, statuses)]
    if narrow.text.strip() and branches:
        found = search.matches(ctx, "member", narrow.text).subquery()
        return [[*own, Member.id.in_(select(found.c.subject_id)), or_(*(and_(*branch) for branch in branches))]]
    return branches or [[*own, false()]]


def _role(ctx: Context, role: str) -> list[Condition]:
    if not role:
        return []
    if ctx.profile.has_role(role):
        return [Member.role == role, Member.custom_role_id.is_(None)]
    custom = ctx.session.scalar(select(CustomRole).where(CustomRole.workspace_id == ctx.workspace.id, CustomRole.id == role))
    if custom is None:
        return [Member.role == role, Member.custom_role_id.is_(None)]
    return [Member.role == custom.base_role, Member.custom_role_id == custom.id]
