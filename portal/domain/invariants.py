"""What must hold in a workspace at every moment, whatever was killed, restarted or full while it was written to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, case, func, or_, select

from portal.domain import audit, details, search
from portal.domain.context import Context
from portal.domain.directory import BUCKET
from portal.models import Group, GroupBucket, GroupMember, Member, MemberBucket, MemberCount, SearchTerm

BATCH = 500


def broken(ctx: Context) -> Iterator[str]:
    """A sentence for each invariant that does not hold; reads all of the workspace, in batches, and changes nothing."""
    for check in CHECKS:
        yield from check(ctx)


def _seats(ctx: Context) -> Iterator[str]:
    paid = [role.key for role in ctx.profile.roles if role.paid]
    real = _count(ctx, select(func.count()).where(*_own(ctx), Member.status == "active", Member.role.in_(paid)))
    if ctx.workspace.seats_used != real:
        yield f"{ctx.workspace.seats_used} seats count as used, but {real} active members have a paid role"


def _numbers(ctx: Context) -> Iterator[str]:
    for table, counter, noun in ((Member, ctx.workspace.member_seq, "member"), (Group, ctx.workspace.group_seq, "group")):
        highest = _count(ctx, select(func.coalesce(func.max(table.seq), 0)).where(table.workspace_id == ctx.workspace.id))
        if highest > counter:
            yield f"a {noun} has the number {highest}, but only {counter} were given"


def _buckets(ctx: Context) -> Iterator[str]:
    real = select((Member.seq // BUCKET).label("bucket")).where(*_own(ctx))
    kept = select(MemberBucket.bucket, MemberBucket.members).where(MemberBucket.workspace_id == ctx.workspace.id)
    yield from _compared(ctx, "page index, part", kept, real)
    groups = select((Group.seq // BUCKET).label("bucket")).where(Group.workspace_id == ctx.workspace.id)
    kept = select(GroupBucket.bucket, GroupBucket.groups).where(GroupBucket.workspace_id == ctx.workspace.id)
    yield from _compared(ctx, "page index of groups, part", kept, groups)


def _counts(ctx: Context) -> Iterator[str]:
    custom = func.coalesce(Member.custom_role_id, "").label("custom")
    origin = case((Member.provisioned, "okta"), (Member.source == "sso", "sso"), else_="manual").label("origin")
    real = select(Member.role, custom, origin, Member.status).where(*_own(ctx))
    table = MemberCount
    kept = select(table.role, table.custom_role_id, table.origin, table.status, table.members).where(table.workspace_id == ctx.workspace.id)
    yield from _compared(ctx, "members counted as", kept, real)


def _places(ctx: Context) -> Iterator[str]:
    query = (
        select(func.count())
        .select_from(GroupMember)
        .outerjoin(Member, Member.id == GroupMember.member_id)
        .outerjoin(Group, Group.id == GroupMember.group_id)
        .where(
            GroupMember.workspace_id == ctx.workspace.id,
            or_(
                Member.id.is_(None),
                Group.id.is_(None),
                Member.status == "removed",
                Member.workspace_id != ctx.workspace.id,
                Group.workspace_id != ctx.workspace.id,
            ),
        )
    )
    if stray := _count(ctx, query):
        yield f"{stray} places in groups belong to nobody of this workspace"


def _findable(ctx: Context) -> Iterator[str]:
    yield from _terms(ctx, "member", Member, _own(ctx), details.findable_by)
    yield from _terms(ctx, "group", Group, (Group.workspace_id == ctx.workspace.id,), lambda group: [group.display_name])
    living = select(Member.id).where(*_own(ctx)).union_all(select(Group.id).where(Group.workspace_id == ctx.workspace.id))
    query = select(func.count()).where(SearchTerm.workspace_id == ctx.workspace.id, SearchTerm.subject_id.not_in(living))
    if stray := _count(ctx, query):
        yield f"search knows {stray} names of nobody"


def _terms(ctx: Context, kind: str, table: Any, own: tuple[Any, ...], texts: Callable[[Any], list[str | None]]) -> Iterator[str]:
    last, wrong = 0, 0
    while rows := list(ctx.session.scalars(select(table).where(*own, table.seq > last).order_by(table.seq).limit(BATCH))):
        last = rows[-1].seq
        kept: dict[str, set[str]] = defaultdict(set)
        found = select(SearchTerm.subject_id, SearchTerm.term).where(
            SearchTerm.workspace_id == ctx.workspace.id, SearchTerm.kind == kind, SearchTerm.subject_id.in_([row.id for row in rows])
        )
        for subject, term in ctx.session.execute(found):
            kept[subject].add(term)
        wrong += sum(kept[row.id] != search.terms(texts(row)) for row in rows)
        for row in rows:
            ctx.session.expunge(row)
    if wrong:
        yield f"search does not know {wrong} {kind}s by their names"


def _chain(ctx: Context) -> Iterator[str]:
    if (entry := audit.first_broken(ctx)) is not None:
        yield f"entry {entry} of the audit log was altered or is missing"


def _own(ctx: Context) -> tuple[Any, ...]:
    return Member.workspace_id == ctx.workspace.id, Member.status != "removed"


def _count(ctx: Context, query: Select[Any]) -> int:
    return int(ctx.session.scalar(query) or 0)


def _compared(ctx: Context, what: str, kept: Select[Any], real: Select[Any]) -> Iterator[str]:
    """Numbers on record by key (`kept`: key columns, number) beside the rows they count (`real`: key columns)."""
    rows = real.subquery()
    counted = select(*rows.c, func.count()).group_by(*rows.c)
    on_record, really = ({tuple(key): int(number) for *key, number in ctx.session.execute(query) if number} for query in (kept, counted))
    for key in sorted({*on_record, *really}, key=str):
        if on_record.get(key, 0) != really.get(key, 0):
            name = ", ".join(str(part) for part in key if part != "")
            yield f"{what} {name}: {on_record.get(key, 0)} on record, {really.get(key, 0)} really"


CHECKS = (_seats, _numbers, _buckets, _counts, _places, _findable, _chain)
