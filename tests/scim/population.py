"""Many members at once, and what the database was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, insert

from portal.domain import details, directory, search
from portal.domain.context import Context
from portal.domain.texts import fold
from portal.extensions import db
from portal.models import Member, MemberBucket, SearchTerm
from portal.models.base import new_id

BASE = "http://acme.portal.localhost:5000/scim/v2"


def add_members(ctx: Context, number: int, **values: Any) -> list[str]:
    """Adds `number` members as `members.create` would, without its audit; returns their ids in order of `seq`."""
    first = ctx.workspace.member_seq + 1
    ctx.workspace.member_seq += number
    rows = [_row(ctx, seq, values) for seq in range(first, first + number)]
    ctx.session.execute(insert(Member), rows)
    for row in rows:
        directory.recount(ctx, None, directory.facet(Member(**row)))
    for bucket, size in Counter(row["seq"] // directory.BUCKET for row in rows).items():
        ctx.session.merge(MemberBucket(workspace_id=ctx.workspace.id, bucket=bucket, members=size + _size(ctx, bucket)))
    found = [(row["id"], term) for row in rows for term in search.terms(details.findable_by(Member(**row)))]
    own = {"workspace_id": ctx.workspace.id, "kind": "member"}
    ctx.session.execute(insert(SearchTerm), [{**own, "subject_id": key, "term": term} for key, term in found])
    ctx.session.flush()
    return [row["id"] for row in rows]


def _row(ctx: Context, seq: int, values: dict[str, Any]) -> dict[str, Any]:
    name = f"Person{seq}@Acme.example"
    usual = {"user_name": name, "given_name": "Given", "family_name": f"Family{seq % 7}", "display_name": f"Given {seq}", "email": name}
    row = {**usual, "role": "contributor", "user_type": "employee", "source": "scim", "status": "active", "attributes": {}, **values}
    folded = {"user_name_folded": fold(row["user_name"]), "email_folded": fold(row["email"]) if row["email"] else None}
    own = {"id": new_id(), "seq": seq, "workspace_id": ctx.workspace.id, "created_at": ctx.now, "modified_at": ctx.now, "version": 1}
    return {**row, **folded, "owner": False, "provisioned": True, **own}


def _size(ctx: Context, bucket: int) -> int:
    found = ctx.session.get(MemberBucket, (ctx.workspace.id, bucket))
    return found.members if found else 0


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """The SQL that runs inside, each statement with its values as the driver takes them."""
    ran: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        ran.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
