"""Users as stored text: written with the member, served without being read.

Each member's row keeps its User as JSON text (`members.wire`), without what changes without the member: its groups, its version, and
its address, which depends on the host that is asked. Serving joins these. A row without text, or with one that is older than the row or
of another profile, is served as `documents` makes it, and is given its text after the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

import orjson
from flask import Flask, has_app_context
from sqlalchemy import Select, Text, and_, bindparam, case, cast, event, func, literal_column, select, union_all, update
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import instance_state

from portal.domain.directory import BUCKET
from portal.domain.members import Draft
from portal.domain.opening import Opening
from portal.domain.roster import STATUSES
from portal.models import Group, GroupMember, Member, MemberBucket, Workspace
from portal.models.base import UtcDateTime, new_id
from portal.models.lists import one_of
from portal.models.prepared import Prepared
from portal.models.rows import flush
from portal.profile import Profile
from portal.scim import documents
from portal.scim.call import Call
from portal.scim.filters.sql import json_rows
from portal.scim.projection import Projection
from portal.web.proxies import the_app
from portal.web.transactions import after_success

# Another number has every text made again.
_FORMAT = 1


class Stored(NamedTuple):
    """What serving a member needs: `wire` is None where it must be made; `groups` is JSON, a list of [seq, id, name], or None for none."""

    id: str
    version: int
    wire: str | None
    groups: str | None


Row = tuple[str, int, str | None, str | None]
"""The same, of a page."""


class _Unstorable(Exception):
    """The User depends on what can change without the member."""


def init_app(app: Flask) -> None:
    """Sees to it that every member that the application writes gets its text."""
    profile: Profile = app.config["PROFILE"]
    app.extensions["scim-wire"] = f"{_FORMAT}-{hashlib.sha256(profile.model_dump_json().encode()).hexdigest()[:16]}"


@event.listens_for(Member, "before_insert")
def _write_new(_mapper: Any, _connection: Any, member: Member) -> None:
    if has_app_context() and member.wire_at is None:
        member.id = member.id or new_id()
        _write(member)


@event.listens_for(Member, "before_update")
def _write_changed(_mapper: Any, _connection: Any, member: Member) -> None:
    if has_app_context() and instance_state(member).modified:
        _write(member)


def _write(member: Member) -> None:
    member.wire, member.wire_at = wire(member), member.modified_at


def prepare(draft: Draft) -> None:
    """Gives a member its text before the workspace's lock is taken, unless its role is only known then."""
    if not draft.role:
        _write(draft.member)


def wire(member: Member) -> str | None:
    """The text of a member in the application's profile: format, document and metadata, each on a line; None to make it each time."""
    if documents.NESTED in member.attributes:
        return None
    app = the_app()
    try:
        own = documents.own(app.config["PROFILE"], member, _no_names)
    except _Unstorable:
        return None
    meta = {"resourceType": "User", **documents.moments(member)}
    body, about = orjson.dumps(own).decode(), orjson.dumps(meta).decode()
    return f"{app.extensions['scim-wire']}\n{body[:-1]}\n{about[:-1]}"


def _no_names() -> NoReturn:
    raise _Unstorable


def _groups_of(member_id: Any, outside: Any) -> Any:
    rows = select(json_rows(Group.seq, Group.id, Group.display_name)).join(GroupMember, GroupMember.group_id == Group.id)
    return rows.where(GroupMember.member_id == member_id).correlate(outside).scalar_subquery()


_groups = _groups_of(Member.id, Member)
COLUMNS = (Member.id, Member.version, case((Member.wire_at == Member.modified_at, Member.wire)), _groups)
# A literal, of which the database knows how many rows have it: a plan for any status expects next to none to be another.
_HERE = (Member.workspace_id == bindparam("workspace_id"), Member.status != literal_column("'removed'"))
_ONE = Prepared(select(*COLUMNS).where(*_HERE, Member.id == bindparam("member_id")))
_NAMED = Prepared(select(*COLUMNS).where(*_HERE, Member.user_name_folded == bindparam("folded")))


def _page_on_sqlite() -> Select[Any]:
    """A page with the ids of each member's groups, joined.

    It begins at the place that an index alone gives, walked for each status: reading the rows before it would cost as much as the page.
    """
    other = aliased(Member)
    here = (other.workspace_id == bindparam("workspace_id"), other.seq >= bindparam("seq"))
    before = union_all(*(select(other.seq).where(*here, other.status == literal_column(f"'{status}'")) for status in STATUSES))
    first = before.order_by(literal_column("seq")).offset(bindparam("skip")).limit(1).scalar_subquery()
    groups = select(func.group_concat(GroupMember.group_id)).where(GroupMember.member_id == Member.id).correlate(Member).scalar_subquery()
    return select(*COLUMNS[:-1], groups).where(*_HERE, Member.seq >= first).order_by(Member.seq).limit(bindparam("count"))


def _page_on_postgresql() -> Select[Any]:
    """The same, the ids as an array's text; groups are looked for once the page is known, not for the rows that it skips."""
    rows = select(*COLUMNS[:-1], Member.seq).where(*_HERE, Member.seq >= bindparam("seq")).order_by(Member.seq)
    page = rows.offset(bindparam("skip")).limit(bindparam("count")).subquery()
    groups = select(GroupMember.group_id).where(GroupMember.member_id == page.c.id).correlate(page).scalar_subquery()
    return select(*list(page.c)[:-1], cast(func.array(groups), Text)).order_by(page.c.seq)


_PAGE = Prepared({"sqlite": _page_on_sqlite(), "postgresql": _page_on_postgresql()})
_NAMES = Prepared(
    select(Group.seq, Group.id, Group.display_name).where(Group.workspace_id == bindparam("workspace_id"), one_of(Group.id, "ids"))
)
_BUCKETS = Prepared(
    select(json_rows(MemberBucket.bucket, MemberBucket.members)).where(MemberBucket.workspace_id == bindparam("workspace_id"))
)
GROUPS_OF = Prepared(
    select(_groups).select_from(Member).where(Member.workspace_id == bindparam("workspace_id"), Member.id == bindparam("member_id"))
)
"""The groups of a member, as `Stored` has them."""


def _beside(condition: Any) -> Opening:
    """Reads the member of the workspace that meets the condition, if there is one, along with the token."""
    return Opening(COLUMNS, lambda tables: tables.outerjoin(Member, and_(Member.workspace_id == Workspace.id, *_HERE[1:], condition)))


ONE = _beside(Member.id == bindparam("member_id"))
NAMED = _beside(Member.user_name_folded == bindparam("folded"))
BUCKETS = Opening(
    [select(json_rows(MemberBucket.bucket, MemberBucket.members)).where(MemberBucket.workspace_id == Workspace.id).scalar_subquery()]
)
_sick = aliased(Member)
# Whom somebody else is writing just now is left alone: that gives a text as well, and who waits for one while others wait for them
# could keep a write from its end.
_UNHELD = select(_sick.id).where(_sick.id == bindparam("member_id"), _sick.version == bindparam("known")).with_for_update(skip_locked=True)
_HEAL = Prepared(
    update(Member)
    .where(Member.id == _UNHELD.scalar_subquery())
    .values(wire=bindparam("text"), wire_at=bindparam("at", type_=UtcDateTime()))
)


def one(call: Call, member_id: str) -> Stored | None:
    """The member with this id, or None."""
    row = call.along(ONE, member_id=member_id)
    if row is None:
        row = _ONE.first(call.ctx.session, workspace_id=call.ctx.workspace.id, member_id=member_id)
    return None if row is None or row[0] is None else Stored(*row)


def named(call: Call, folded: str) -> list[Stored]:
    """The member with this folded user name, if there is one."""
    row = call.along(NAMED, folded=folded)
    if row is None:
        row = _NAMED.first(call.ctx.session, workspace_id=call.ctx.workspace.id, folded=folded)
    return [] if row is None or row[0] is None else [Stored(*row)]


def page(call: Call, start: int, count: int) -> tuple[int, list[Row]]:
    """How many members there are, and `count` of them in order of creation, from the one at `start`, counted from 1.

    Whole buckets are skipped by their counts, so that a deep page costs what the first one does.
    """
    session, workspace_id = call.ctx.session, call.ctx.workspace.id
    total, bucket, before = 0, None, 0
    (buckets,) = call.along(BUCKETS) or _BUCKETS.first(session, workspace_id=workspace_id) or (None,)
    for number, members in sorted(orjson.loads(buckets or "[]")):
        if bucket is None and total + members >= start:
            bucket, before = number, total
        total += members
    if bucket is None or not count:
        return total, []
    rows = _PAGE.all(session, workspace_id=workspace_id, seq=bucket * BUCKET, skip=start - 1 - before, count=count)
    groups = _groups_by(call, {row[3] for row in rows})
    return total, [(member_id, version, wire, groups[ids]) for member_id, version, wire, ids in rows]


def _groups_by(call: Call, listed: Collection[str | None]) -> dict[str | None, str | None]:
    """What `Stored` has of groups, by the lists of ids that `_PAGE` gives; members of a page are mostly in the same ones."""
    split = {ids: ids.strip("{}").split(",") for ids in listed if ids and ids != "{}"}
    found: dict[str | None, str | None] = dict.fromkeys(listed)
    if split:
        wanted = sorted({group_id for ids in split.values() for group_id in ids})
        named = {row[1]: row for row in _NAMES.all(call.ctx.session, workspace_id=call.ctx.workspace.id, ids=wanted)}
        for ids, each in split.items():  # one that is gone since is left out
            found[ids] = orjson.dumps([named[group_id] for group_id in each if group_id in named]).decode()
    return found


def written(call: Call, member: Member, groups: str | None = None) -> Stored:
    """The member as it is now, written; `groups` is what GROUPS_OF found."""
    flush(call.ctx.session)
    return Stored(member.id, member.version, member.wire, groups)


def shown(call: Call, rows: Sequence[Row], projection: Projection) -> list[Any]:
    """The members as Users in the call's dialect, reduced to what is asked for: JSON as it is where nothing is to be changed."""
    texts = _texts(call, rows)
    if projection.is_whole and call.dialect.as_stored:
        return [orjson.Fragment(text) for text in texts]
    return [call.dialect.shown(projection.apply(orjson.loads(text))) for text in texts]


def _texts(call: Call, rows: Sequence[Row]) -> list[str]:
    """In one loop, for a page of a hundred is most of what a request takes."""
    current, place = the_app().extensions["scim-wire"], f"{call.base}/Users/"
    belongs = _Belongs(call.base, serves=call.ctx.profile.scim.groups)
    texts, stale = [], {}
    for member_id, version, wire, groups in rows:
        made = wire.split("\n") if wire else [""]
        if made[0] == current:
            texts.append(
                f'{made[1]},"groups":{belongs[groups]},"meta":{made[2]},"location":"{place}{member_id}","version":"W/\\"{version}\\""}}}}'
            )
        else:
            stale[member_id] = len(texts)
            texts.append("")
    for member_id, text in _made(call, list(stale)).items() if stale else ():
        texts[stale[member_id]] = text
    return [text for text in texts if text] if stale else texts


class _Belongs(dict[str | None, str]):
    """A User's `groups` for each text of groups that a page has; members of a page are mostly in the same ones."""

    def __init__(self, base: str, *, serves: bool) -> None:
        super().__init__({None: "[]"})
        self._base, self._serves = base, serves

    def __missing__(self, groups: str | None) -> str:
        made = self[groups] = _references(self._base, groups) if groups and self._serves else "[]"
        return made


@lru_cache(256)
def _references(base: str, groups: str) -> str:
    rows = sorted(orjson.loads(groups))
    return orjson.dumps([documents.group_reference(base, group_id, name) for _, group_id, name in rows]).decode()


def _made(call: Call, ids: Sequence[str]) -> dict[str, str]:
    """The Users of these members made anew; their rows get the text once the answer is on its way."""
    query = select(Member, _groups).where(Member.workspace_id == call.ctx.workspace.id, Member.id.in_(ids))
    made, healed = {}, []
    for member, groups in call.ctx.session.execute(query):
        known = sorted(orjson.loads(groups or "[]")) if call.ctx.profile.scim.groups else []
        references = [documents.group_reference(call.base, key, name) for _, key, name in known]
        made[member.id] = orjson.dumps(documents.user(call, member, references)).decode()
        if text := wire(member):
            healed.append({"member_id": member.id, "known": member.version, "text": text, "at": member.modified_at})
    if healed and call.ctx.locked_in is None:
        after_success(lambda: _HEAL.run_each(call.ctx.session, healed))
    return made
