"""Lists of any length in pages of fifty: each page is read from an index, wherever in the list it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, literal, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute

from portal.domain.context import Context

SIZE = 50
Row = TypeVar("Row")
Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list; `before` and `after` are the ids to go on from, empty at the list's ends."""

    rows: list[Row]
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """The rows of `table` that fit any of `branches` (which share no row), in the order of the columns `order`.

    Each branch and `order` together are an index, so that reading a page walks over nothing else.
    """

    table: type[Row]
    order: Sequence[InstrumentedAttribute[Any]]
    branches: Sequence[Sequence[Condition]]
    descending: bool = True

    def page(self, ctx: Context, *, before: str = "", after: str = "", size: int = SIZE) -> Page[Row]:
        """The page behind the row with id `after`, or that ahead of `before`, or the first one; an unknown id counts as none."""
        start = self._position(ctx, before or after)
        backwards = bool(before) and start is not None
        rows = list(ctx.session.scalars(self._query(start, size + 1, backwards=backwards)))
        more, rows = len(rows) > size, rows[:size]
        if backwards:
            rows.reverse()
        if not rows:
            return Page([])
        first, last = rows[0].id, rows[-1].id
        return Page(
            rows,
            before=first if (more if backwards else start is not None) else "",
            after=last if (more or backwards) else "",
        )

    def each(self, ctx: Context, size: int = 500) -> Iterator[Row]:
        """Every row, read in portions, so that exports of any length need little memory."""
        start: tuple[Any, ...] | None = None
        while True:
            rows = list(ctx.session.scalars(self._query(start, size, backwards=False)))
            yield from rows
            if len(rows) < size:
                return
            start = tuple(getattr(rows[-1], column.key) for column in self.order)
            for row in rows:
                ctx.session.expunge(row)

    def _position(self, ctx: Context, row_id: str) -> tuple[Any, ...] | None:
        if not row_id or len(row_id) > 64 or "\x00" in row_id:
            return None
        table: Any = self.table
        query = select(*self.order).where(table.workspace_id == ctx.workspace.id, table.id == row_id)
        found = ctx.session.execute(query).first()
        return tuple(found) if found else None

    def _query(self, start: tuple[Any, ...] | None, size: int, *, backwards: bool) -> Any:
        table: Any = self.table
        falling = self.descending != backwards
        parts = []
        for branch in self.branches:
            part = select(table.id, *self.order).where(*branch)
            if start is not None:
                here = tuple_(*[literal(value, column.type) for value, column in zip(start, self.order, strict=True)])
                part = part.where(tuple_(*self.order) < here if falling else tuple_(*self.order) > here)
            part = part.order_by(*[column.desc() if falling else column.asc() for column in self.order]).limit(size)
            parts.append(select(part.subquery()))
        found = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery()
        order = [found.c[column.key].desc() if falling else found.c[column.key].asc() for column in self.order]
        return select(table).join(found, found.c.id == table.id).order_by(*order).limit(size)
