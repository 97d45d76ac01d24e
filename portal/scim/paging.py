"""Pages of a list: by index (RFC 7644 §3.4.2.4) and by cursor (RFC 9865), each at a cost that does not depend on how long the list is.

Index pages of all members and groups skip whole buckets; cursors remember the last row's place in the order. Rows are ordered by
`seq` at the last, so that no write moves a row from one page to another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, literal, select

from portal.domain.context import Context
from portal.domain.directory import BUCKET
from portal.models import Member
from portal.scim import totals
from portal.scim.attributes import ResourceType
from portal.scim.cursors import Cursors, InvalidCount, Place
from portal.scim.errors import InvalidValue, ScimError
from portal.scim.filters import Filter, read_filter, split
from portal.scim.queries import Query, query_for
from portal.scim.stored import COLUMNS, Stored
from portal.vault import Vault

DEFAULT_COUNT = 100
MAX_COUNT = 1000
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")


@dataclass(frozen=True)
class Window:
    """The part of a list that a request asks for: `count` rows at most from the row `start`, counted from 1, or from a cursor.

    `cursor` is None for index paging, and empty for the first page of cursor paging.
    """

    start: int = 1
    count: int = DEFAULT_COUNT
    cursor: str | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Window:
        """The window that `startIndex`, `count` and `cursor` ask for, as query parameters or JSON.

        A startIndex below 1 is 1, a negative count 0, a large one MAX_COUNT. Raises InvalidValue, or InvalidCount with a cursor.
        """
        cursor = asked.get("cursor")
        if cursor is None:
            count = _whole(asked, "count", DEFAULT_COUNT, InvalidValue)
            return cls(max(1, _whole(asked, "startIndex", 1, InvalidValue)), min(max(0, count), MAX_COUNT))
        count = _whole(asked, "count", DEFAULT_COUNT, InvalidCount)
        if count < 1:
            raise InvalidCount(f"With a cursor, count is from 1 to {MAX_COUNT}.")
        return cls(1, min(count, MAX_COUNT), str(cursor))


@dataclass(frozen=True)
class Page:
    """Rows of a list of `total`; `start` is None on a page found by cursor."""

    total: int
    rows: list[Any]
    start: int | None = None
    next_cursor: str = ""
    previous_cursor: str = ""

    def figures(self) -> dict[str, Any]:
        """What the list response says about the page (RFC 7644 §3.4.2, RFC 9865 §2)."""
        figures: dict[str, Any] = {"totalResults": self.total}
        if self.start is not None:
            figures["startIndex"] = self.start
        figures["itemsPerPage"] = len(self.rows)
        if self.previous_cursor:
            figures["previousCursor"] = self.previous_cursor
        if self.next_cursor:
            figures["nextCursor"] = self.next_cursor
        return figures


@dataclass(frozen=True)
class Listing:
    """The list of a workspace's resources of one type: those that `filter` finds, all without one.

    `query` finds them by the parameters in `given`. `asked` is what the request asked for besides the window; cursors are bound to it.
    """

    ctx: Context
    query: Query
    given: Mapping[str, Any]
    filter: Filter | None = None
    asked: str = ""

    @classmethod
    def of(cls, ctx: Context, resource: ResourceType, base: str, asked: Mapping[str, Any]) -> Listing:
        """The list that `filter`, `sortBy` and `sortOrder` ask for; raises Malformed (invalidFilter), InvalidPath or InvalidValue."""
        wanted = {name: _text(asked, name) for name in ("filter", "sortBy", "sortOrder")}
        parsed = read_filter(wanted["filter"], resource) if "filter" in asked else None
        form, given = split(parsed, resource) if parsed is not None else (None, {})
        query = query_for(resource, ctx.session.get_bind().dialect.name, wanted, form)
        given |= {"workspace_id": ctx.workspace.id, "base": base}
        return cls(ctx, query, given, parsed, "\n".join([resource.name, *(f"{name}={value}" for name, value in wanted.items())]))

    def page(self, window: Window, vault: Vault) -> Page:
        """The page in the window; raises InvalidCursor or ExpiredCursor."""
        if window.cursor is not None:
            return self._by_cursor(window.cursor, window.count, Cursors(vault, self.ctx, self.asked))
        rows = self.rows(window.start, window.count)
        if len(rows) < window.count and (rows or window.start == 1):
            return Page(window.start - 1 + len(rows), rows, window.start)
        return Page(self.total(), rows, window.start)

    def total(self) -> int:
        """How many there are."""
        if self.filter is None:
            return totals.of_all(self.ctx, self.query.resource)
        known = totals.of_filter(self.ctx, self.query.resource, self.filter)
        if known is not None:
            return known
        return int(self.ctx.session.scalar(self.query.total, self.given) or 0)

    def rows(self, start: int, count: int) -> list[Any]:
        """At most `count` rows from the row `start`, counted from 1."""
        query, skipped = self.query.rows, start - 1
        if count and start > 1 and self.filter is None and not self.query.order.keys:
            bucket = self._bucket(start)
            if bucket is None:
                return []
            query, skipped = query.where(self.query.order.seq >= bucket[0] * BUCKET), skipped - bucket[1]
        if not count:
            return []
        return [self._row(row) for row in self.ctx.session.execute(query, {**self.given, "skip": skipped, "count": count})]

    def _row(self, row: Sequence[Any]) -> Any:
        return Stored(*row[: len(COLUMNS)]) if self.query.resource.model is Member else row[0]

    def _bucket(self, start: int) -> tuple[int, int] | None:
        """The bucket that holds the row `start`, and how many rows lie before it; None past the end."""
        bucket, rows = totals.BUCKETS[self.query.resource.model]
        running = func.sum(rows).over(order_by=bucket.bucket)
        sums = select(bucket.bucket, rows.label("rows"), running.label("running"))
        table = sums.where(bucket.workspace_id == self.ctx.workspace.id).subquery()
        query = select(table.c.bucket, table.c.running - table.c.rows).where(table.c.running >= _big(start))
        found = self.ctx.session.execute(query.order_by(table.c.bucket).limit(1)).first()
        return (int(found[0]), int(found[1])) if found else None

    def _by_cursor(self, cursor: str, count: int, cursors: Cursors) -> Page:
        place = cursors.open(cursor) if cursor else None
        backwards = place is not None and place.backwards
        by, width = self.query.order, len(self.query.columns)
        query = self.query.having(select(*self.query.columns, *by.keys, by.seq))
        if place is not None:
            query = query.where(by.beyond(place.position, backwards=backwards))
        query = query.order_by(*by.clauses(backwards=backwards)).limit(count + 1)
        found = [tuple(row) for row in self.ctx.session.execute(query, self.given)]
        more, found = len(found) > count, found[:count]
        if backwards:
            found.reverse()
        if not found:
            return Page(self.total(), [])
        following = cursors.make(Place(found[-1][width:])) if backwards or more else ""
        preceding = cursors.make(Place(found[0][width:], backwards=True)) if (more if backwards else place is not None) else ""
        return Page(self.total(), [self._row(row) for row in found], None, following, preceding)


def _big(number: int) -> ColumnElement[int]:
    return literal(number, BigInteger)


def _whole(asked: Mapping[str, Any], name: str, default: int, refusal: type[ScimError]) -> int:
    value = asked.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | str) or not _WHOLE.fullmatch(str(value)):
        raise refusal(f"{name} is a whole number of at most 18 digits, not “{str(value)[:40]}”.")
    return int(value)


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise InvalidValue(f"{name} is text.")
    return value
