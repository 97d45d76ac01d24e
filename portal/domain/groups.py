"""Groups: made by hand or pushed by a directory; membership row by row, so that concurrent changes lose nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import String, bindparam, delete, func, select

from portal.domain import audit, directory, provisioning, search
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, Locked, NotFound, Taken
from portal.domain.telling import Name, told
from portal.domain.texts import checked, fold, storable, visible
from portal.models import Group, GroupBucket, GroupMember, Member
from portal.models.base import UtcDateTime
from portal.models.lists import Listed, Matching
from portal.models.prepared import Prepared, unless_there
from portal.models.rows import GROUPS

BATCH = 500
_AUDITED = ("display_name", "external_id", "provisioned")
_INTO = ["group_id", "member_id", "workspace_id", "added_at"]
_PLACES = (
    bindparam("group", type_=String()).label("group_id"),
    Member.id,
    bindparam("here", type_=String()).label("workspace_id"),
    bindparam("at", type_=UtcDateTime()).label("added_at"),
)


def _living(columns: Any, matching: Matching) -> Any:
    return select(*columns).where(Member.workspace_id == bindparam("here"), matching(Member.id), Member.status != "removed")


# Built once: putting them together would cost more than they do for a single member.
_KNOWN = Listed(lambda matching: Prepared(_living([Member.id], matching)))
_JOIN = Listed(
    lambda matching: unless_there(
        lambda insert: insert(GroupMember.__table__).from_select(_INTO, _living(_PLACES, matching)).on_conflict_do_nothing()
    )
)
_LEAVE = Listed(
    lambda matching: Prepared(
        delete(GroupMember).where(
            GroupMember.workspace_id == bindparam("here"), GroupMember.group_id == bindparam("group"), matching(GroupMember.member_id)
        )
    )
)
BY_ID = Prepared(select(*GROUPS.columns).where(Group.workspace_id == bindparam("workspace_id"), Group.id == bindparam("group_id")))
"""The row of `GROUPS` with a `group_id` in a `workspace_id`."""


def get(ctx: Context, group_id: str) -> Group:
    """The workspace's group `group_id`; raises NotFound."""
    row = BY_ID.first(ctx.session, workspace_id=ctx.workspace.id, group_id=group_id) if storable(group_id) else None
    return of_row(ctx, row)


def of_row(ctx: Context, row: Sequence[Any] | None) -> Group:
    """The group of what BY_ID found; raises NotFound when that is None."""
    if row is None:
        raise NotFound(f"There is no such {ctx.profile.words.group}.")
    return GROUPS.attached(ctx.session, row)


def by_name(ctx: Context, name: str) -> Group | None:
    """The group called `name` in any letter case, or None."""
    query = select(Group).where(Group.workspace_id == ctx.workspace.id, Group.display_name_folded == fold(name))
    return ctx.session.scalar(query)


def of_member(ctx: Context, member: Member) -> list[Group]:
    """The groups the member is in, by name."""
    query = select(Group).join(GroupMember, GroupMember.group_id == Group.id)
    query = query.where(GroupMember.workspace_id == ctx.workspace.id, GroupMember.member_id == member.id)
    return list(ctx.session.scalars(query.order_by(Group.display_name_folded)))


def create(ctx: Context, changes: Mapping[str, Any], *, provisioned: bool = False) -> Group:
    """A new group from `changes` (see `update_group`); raises Invalid or Taken."""
    lock(ctx)
    ctx.workspace.group_seq += 1
    group = Group(
        workspace_id=ctx.workspace.id,
        seq=ctx.workspace.group_seq,
        display_name="",
        provisioned=provisioned,
        attributes={},
        version=1,
        created_at=ctx.now,
        modified_at=ctx.now,
    )
    with ctx.session.no_autoflush:
        _assign(ctx, group, {"display_name": "", **changes})
    ctx.session.add(group)
    ctx.session.flush()
    _count(ctx, group, 1)
    search.add(ctx, "group", group.id, search.terms([group.display_name]))
    audit.record(ctx, "group.created", subject(group))
    return group


def update_group(ctx: Context, group: Group, changes: Mapping[str, Any]) -> None:
    """Writes `display_name`, `external_id`, `attributes` or `provisioned`; raises Invalid or Taken and changes nothing."""
    lock(ctx)
    before = {name: getattr(group, name) for name in _AUDITED}
    with ctx.session.no_autoflush:
        _assign(ctx, group, dict(changes))
    after = {name: getattr(group, name) for name in _AUDITED if getattr(group, name) != before[name]}
    if ctx.session.is_modified(group):
        _touch(ctx, group)
    if "display_name" in after:
        search.index(ctx, "group", group.id, [group.display_name])
    if after:
        audit.record(ctx, "group.changed", subject(group), before={name: before[name] for name in after}, after=after)


def remove(ctx: Context, group: Group) -> None:
    """Deletes the group; its members stay."""
    lock(ctx)
    audit.record(ctx, "group.deleted", subject(group), before={"members": count(ctx, group)})
    ctx.session.execute(delete(GroupMember).where(GroupMember.group_id == group.id))
    _count(ctx, group, -1)
    search.forget(ctx, group.id)
    ctx.session.delete(group)


def add_members(ctx: Context, group: Group, member_ids: Iterable[str]) -> int:
    """Adds members, those who are in already count as done; returns how many were new.

    Raises Invalid when one is none of the workspace, and adds nobody.
    """
    lock(ctx)
    wanted = list(dict.fromkeys(member_ids))
    alone = len(wanted) == 1
    if not alone:
        _refuse_strangers(ctx, wanted)
    added = 0
    for chunk in _chunks(wanted):
        joining, listed = _JOIN.of(chunk)
        added += joining.run(ctx.session, here=ctx.workspace.id, group=group.id, at=ctx.now, **listed)
    if alone and not added:  # which wrote nothing, so that most calls need no look beforehand
        _refuse_strangers(ctx, wanted)
    _membership_changed(ctx, group, "group.members-added", added, wanted)
    return added


def remove_members(ctx: Context, group: Group, member_ids: Iterable[str]) -> int:
    """Takes members out, those who are not in count as done; returns how many left."""
    lock(ctx)
    wanted = list(dict.fromkeys(member_ids))
    removed = 0
    for chunk in _chunks(wanted):
        leaving, listed = _LEAVE.of(chunk)
        removed += leaving.run(ctx.session, here=ctx.workspace.id, group=group.id, **listed)
    _membership_changed(ctx, group, "group.members-removed", removed, wanted)
    return removed


def replace_members(ctx: Context, group: Group, member_ids: Iterable[str]) -> tuple[int, int]:
    """Makes the members exactly these; returns how many were added and removed.

    Raises Invalid when one is unknown, and changes nobody.
    """
    lock(ctx)
    wanted = dict.fromkeys(member_ids)
    present = set(ctx.session.scalars(select(GroupMember.member_id).where(GroupMember.group_id == group.id)))
    added = add_members(ctx, group, [key for key in wanted if key not in present])
    removed = remove_members(ctx, group, present - wanted.keys())
    return added, removed


def count(ctx: Context, group: Group) -> int:
    """How many members the group has."""
    return ctx.session.scalar(select(func.count()).where(GroupMember.group_id == group.id)) or 0


def among(ctx: Context, group: Group, member_ids: list[str]) -> list[str]:
    """Those of these members who are in the group."""
    query = select(GroupMember.member_id).where(GroupMember.group_id == group.id, GroupMember.member_id.in_(member_ids[:BATCH]))
    return list(ctx.session.scalars(query))


def is_managed(ctx: Context, group: Group) -> bool:
    """Whether a directory manages the group just now."""
    return group.provisioned and provisioning.is_on(ctx)


def refuse_managed(ctx: Context, group: Group) -> None:
    """Raises Locked when a person would change what the directory manages."""
    if is_managed(ctx, group):
        raise Locked(told(Name(group.display_name), " is managed by Okta. Change it in Okta; the change arrives here by itself."))


def subject(group: Group) -> tuple[str, str | None, str]:
    """The group as the subject of an audit entry."""
    return ("group", group.id, group.display_name)


def _assign(ctx: Context, group: Group, values: dict[str, Any]) -> None:
    if "display_name" in values:
        name = str(values["display_name"] or "")
        if not name or name != group.display_name:
            _name(ctx, group, name)
    if "external_id" in values and values["external_id"] != group.external_id:
        given = values["external_id"]
        group.external_id = checked(Group, "external_id", str(given), "externalId") if given is not None else None
    if "attributes" in values and values["attributes"] != group.attributes:
        group.attributes = dict(values["attributes"])
    if "provisioned" in values and bool(values["provisioned"]) != group.provisioned:
        group.provisioned = bool(values["provisioned"])


def _name(ctx: Context, group: Group, name: str) -> None:
    checked(Group, "display_name", name, "The name")
    if not visible(name):
        raise Invalid(f"The name (displayName) is empty: give the {ctx.profile.words.group} a name.", field="display_name")
    other = by_name(ctx, name)
    if other is not None and other is not group:
        raise Taken(told(f"There is a {ctx.profile.words.group} “", Name(name), "” already."), field="display_name")
    group.display_name, group.display_name_folded = name, fold(name)


def _count(ctx: Context, group: Group, step: int) -> None:
    """Keeps the bucket counts that tell how long the list is and let a deep page be found."""
    key = (ctx.workspace.id, group.seq // directory.BUCKET)
    bucket = ctx.session.get(GroupBucket, key)
    if bucket is None:
        bucket = GroupBucket(workspace_id=key[0], bucket=key[1], groups=0)
        ctx.session.add(bucket)
    bucket.groups += step


def _touch(ctx: Context, group: Group) -> None:
    group.version, group.modified_at = group.version + 1, ctx.now


def _membership_changed(ctx: Context, group: Group, action: str, changed: int, member_ids: list[str]) -> None:
    if changed:
        _touch(ctx, group)
        for chunk in _chunks(member_ids):
            directory.touch_version(ctx, chunk)
        audit.record(
            ctx,
            action,
            subject(group),
            after={"count": changed, "members": member_ids[:100]},
        )


def _strangers(ctx: Context, chunk: list[str]) -> list[str]:
    living, listed = _KNOWN.of(chunk)
    known = {key for (key,) in living.all(ctx.session, here=ctx.workspace.id, **listed)}
    return [key for key in chunk if key not in known]


def _refuse_strangers(ctx: Context, member_ids: list[str]) -> None:
    missing = [key for chunk in _chunks(member_ids) for key in _strangers(ctx, chunk)]
    if not missing:
        return
    raise Invalid(
        f"{len(missing):,} of the members {'is' if len(missing) == 1 else 'are'} not in this workspace; the first: “{missing[0][:64]}”. "
        "Assign these people to the app first, then push the group again.",
        field="members",
    )


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, BATCH)):
        yield chunk
