"""Which rows a filter can find at all, by the index of names and addresses: so that look-ups do not read every row.

A filter that asks for the beginning or the whole of a name or an address finds only rows that the portal's own search finds, too. They
are looked up there, and the filter is tried on them alone.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.orm import aliased

from portal.domain import search
from portal.scim.attributes import ResourceType
from portal.scim.filters.given import WORKSPACE, Given
from portal.scim.filters.nodes import And, Compare, Element, Filter, Or

# What `domain.search` knows of members and groups, all of it from the beginning of the text on.
_SEARCHED = {
    "User": frozenset(
        {("userName",), ("displayName",), ("name", "givenName"), ("name", "familyName"), ("name", "formatted"), ("emails", "value")}
    ),
    "Group": frozenset({("displayName",)}),
}
_EXACT: dict[tuple[str, ...], str] = {("id",): "id", ("externalId",): "external_id"}
_FOLDED: dict[str, dict[tuple[str, ...], str]] = {
    "User": {("userName",): "user_name_folded"},
    "Group": {("displayName",): "display_name_folded"},
}
_MODIFIED = ("meta", "lastModified")
_OTHERS = {(("members", "value"), "eq"), (_MODIFIED, "gt"), (_MODIFIED, "ge"), (_MODIFIED, "eq")}


def candidates(node: Filter, resource: ResourceType) -> ColumnElement[bool] | None:
    """A condition that every row meets which satisfies the filter; None when the filter's own condition has an index or none helps."""
    narrowing = _Narrowing(resource)
    if narrowing.is_indexed(node):
        return None
    found = narrowing.ids(node)
    return None if found is None else resource.model.id.in_(found)


def finds_few(node: Filter, resource: ResourceType) -> bool:
    """Whether an index leads to the rows, so that they are better put in order afterwards than looked for in the list's order."""
    narrowing = _Narrowing(resource)
    return narrowing.is_indexed(node) or narrowing.ids(node) is not None


class _Narrowing:
    def __init__(self, resource: ResourceType) -> None:
        self._resource = resource

    def is_indexed(self, node: Filter) -> bool:
        """Whether the database finds the rows by an index of the table itself, or of its neighbours."""
        if isinstance(node, And):
            return any(map(self.is_indexed, node.parts))
        if not isinstance(node, Compare):
            return False
        return bool(self._own_index(node)) or (self._path(str(node.path)), node.op) in _OTHERS

    def ids(self, node: Filter) -> Any:
        """A query for the ids of the rows that can satisfy the filter, or None when all can."""
        if isinstance(node, And):
            return next((found for part in node.parts if (found := self.ids(part)) is not None), None)
        if isinstance(node, Or):
            parts = [self.ids(part) for part in node.parts]
            return None if any(part is None for part in parts) else union_all(*parts)
        if isinstance(node, Element):
            return self._searched((str(node.path), "value"), _wanted(node.filter))
        if not isinstance(node, Compare):
            return None
        column, wanted = self._own_index(node), node.value
        if column and isinstance(wanted, Given):
            row: Any = aliased(self._resource.model)
            sought = wanted.text() if column in _EXACT.values() else wanted.folded()
            return select(row.id).where(row.workspace_id == WORKSPACE, getattr(row, column) == sought)
        return self._searched((str(node.path),), node)

    def _own_index(self, node: Filter) -> str:
        """The indexed column of which the filter asks for one value, or ""."""
        if not isinstance(node, Compare) or node.op != "eq" or not _is_text(node.value):
            return ""
        path = self._path(str(node.path))
        return _EXACT.get(path) or _FOLDED[self._resource.name].get(path, "")

    def _searched(self, names: tuple[str, ...], wanted: Compare | None) -> Select[Any] | None:
        """Those that have a name or an address like the one that is wanted."""
        if wanted is None or wanted.op not in ("eq", "sw") or not _is_text(wanted.value) or wanted.value.blank:
            return None
        path = self._path(".".join(names))
        if path not in _SEARCHED[self._resource.name]:
            return None
        return search.subjects(WORKSPACE, self._resource.name.lower().replace("user", "member"), wanted.value.beginning())

    def _path(self, name: str) -> tuple[str, ...]:
        found = self._resource.find(name)
        if found is None:
            return ()
        return (*found.path, "value") if found.attribute.type == "complex" else found.path


def _is_text(value: object) -> TypeGuard[Given]:
    return isinstance(value, Given) and value.type is str


def _wanted(inside: Filter) -> Compare | None:
    """What a filter in brackets asks of `value`, if it does so of every element it takes."""
    parts = inside.parts if isinstance(inside, And) else (inside,)
    return next((part for part in parts if isinstance(part, Compare) and str(part.path).lower() == "value"), None)
