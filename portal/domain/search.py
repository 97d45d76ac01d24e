"""Search: members and groups by the beginning of a name, e-mail address or user name, at a cost that does not grow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, delete, func, insert, select

from portal.domain.context import Context
from portal.domain.listing import Condition
from portal.domain.texts import fold, storable
from portal.models import SearchTerm
from portal.models.lists import each
from portal.models.prepared import Prepared

LONGEST = 100
# More matches than this are not looked at; whoever asks types more letters.
MOST = 1000
_WORDS = 6
_HERE = ("workspace_id", "kind", "subject_id")
_KEY = tuple(bindparam(name, type_=String()) for name in _HERE)
Text = str | ColumnElement[str]
_ADD = Prepared({dialect: insert(SearchTerm).from_select([*_HERE, "term"], select(*_KEY, term)) for dialect, term in each("terms").items()})


def terms(texts: Iterable[str | None]) -> set[str]:
    """The folded texts, each from every one of its first six words on, without those another one begins with."""
    found: set[str] = set()
    for text in dict.fromkeys(texts):
        folded = " ".join(fold(text or "").split())
        starts = [0, *(match.end() for match in re.finditer(r"[\s-]+", folded))][:_WORDS]
        found |= {folded[start : start + LONGEST] for start in starts if folded[start:]}
    ordered = sorted(found)
    return {term for at, term in enumerate(ordered) if not any(later.startswith(term) for later in ordered[at + 1 : at + 2])}


def add(ctx: Context, kind: str, subject_id: str, wanted: Iterable[str]) -> None:
    """Makes the subject findable by these terms, by which it is not findable yet."""
    _ADD.later(ctx.session, workspace_id=ctx.workspace.id, kind=kind, subject_id=subject_id, terms=sorted(wanted))


def index(ctx: Context, kind: str, subject_id: str, texts: Iterable[str | None]) -> None:
    """Makes the subject findable by these texts and by no others."""
    wanted = terms(texts)
    mine = _of(ctx, subject_id)
    present = set(ctx.session.scalars(select(SearchTerm.term).where(*mine)))
    if present - wanted:
        ctx.session.execute(delete(SearchTerm).where(*mine, SearchTerm.term.in_(present - wanted)))
    if wanted - present:
        add(ctx, kind, subject_id, wanted - present)


def forget(ctx: Context, subject_id: str) -> None:
    """Makes the subject unfindable."""
    ctx.session.execute(delete(SearchTerm).where(*_of(ctx, subject_id)))


def _of(ctx: Context, subject_id: str) -> tuple[Condition, Condition]:
    """The terms of a subject."""
    return SearchTerm.subject_id == subject_id, SearchTerm.workspace_id == ctx.workspace.id


def beginning(text: str) -> str:
    """What the terms begin with that find what begins with `text`."""
    return " ".join(fold(text).split())[:LONGEST] if storable(text) else "\uffff"


def subjects(workspace_id: Text, kind: str, begin: Text) -> Select[Any]:
    """The ids of all subjects of which a term begins with `begin`."""
    return select(SearchTerm.subject_id).where(
        SearchTerm.workspace_id == workspace_id,
        SearchTerm.kind == kind,
        SearchTerm.term >= begin,
        SearchTerm.term < begin + "\U0010ffff",
    )


def matches(ctx: Context, kind: str, text: str) -> Select[Any]:
    """The ids of the first MOST + 1 of them, in the order of their terms."""
    return subjects(ctx.workspace.id, kind, beginning(text)).order_by(SearchTerm.term).limit(MOST + 1)


def too_many(ctx: Context, kind: str, text: str) -> bool:
    """Whether more than MOST terms begin with `text`, so that some of their subjects are left out."""
    return (ctx.session.scalar(select(func.count()).select_from(matches(ctx, kind, text).subquery())) or 0) > MOST
