"""What lists ask of the database: a query for each form of filter and each order, made once and kept.

SQLAlchemy needs several milliseconds to put together what a filter over addresses asks, the database a fraction of one to run it. What
differs from request to request is given as parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, func, literal_column, select

from portal.models import Member
from portal.scim.attributes import ResourceType
from portal.scim.filters import Filter, compile_filter, finds_few
from portal.scim.filters.given import WORKSPACE
from portal.scim.sorting import Order, order
from portal.scim.stored import COLUMNS

# Clients ask by a handful of forms; a query holds a quarter of a megabyte for each comparison of an address, so long filters' are not kept.
_KEPT = 32
_LONGEST = 300


class Query:
    """The rows of a resource type in an order: those that meet `condition`, of members without the removed ones."""

    def __init__(self, resource: ResourceType, by: Order, condition: ColumnElement[bool] | None = None) -> None:
        self.resource, self.order, self._condition = resource, by, condition

    @property
    def columns(self) -> tuple[Any, ...]:
        """What is read of each row: of members what serves them, of groups all."""
        return COLUMNS if self.resource.model is Member else (self.resource.model,)

    @cached_property
    def rows(self) -> Select[Any]:
        """As many as the parameter `count` says, behind the first `skip`."""
        skip, count = bindparam("skip", type_=BigInteger()), bindparam("count", type_=Integer())
        return self.having(select(*self.columns)).order_by(*self.order.clauses()).offset(skip).limit(count)

    @cached_property
    def total(self) -> Select[Any]:
        """How many there are."""
        return self.having(select(func.count()).select_from(self.resource.model))

    def having(self, query: Select[Any]) -> Select[Any]:
        """What `query` selects, of these rows."""
        model: Any = self.resource.model
        query = query.where(model.workspace_id == WORKSPACE)
        if model is Member:
            # A literal, of which the database knows how many rows have it.
            query = query.where(Member.status != literal_column("'removed'"))
        return query if self._condition is None else query.where(self._condition)


def query_for(resource: ResourceType, dialect: str, asked: Mapping[str, str], form: Filter | None) -> Query:
    """The query for what `filter`, which has this form, `sortBy` and `sortOrder` ask for; raises InvalidPath or InvalidValue."""
    make = _query if len(asked["filter"]) <= _LONGEST else _query.__wrapped__
    return make(resource, dialect, form, asked["sortBy"], asked["sortOrder"])


@lru_cache(_KEPT)
def _query(resource: ResourceType, dialect: str, form: Filter | None, sort_by: str, sort_order: str) -> Query:
    by = order(resource, dialect, sort_by, sort_order)
    if form is None:
        return Query(resource, by)
    condition = compile_filter(form, resource, dialect)
    return Query(resource, by.afterwards() if finds_few(form, resource) else by, condition)
