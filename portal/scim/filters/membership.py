"""The groups of a user and the members of a group: rows of `group_members`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal.models import Group, GroupMember, Member
from portal.scim.filters.given import BASE, WORKSPACE
from portal.scim.filters.values import Condition, Node, ObjectNode, Some, Test, TextNode, constant


def groups_of() -> _Rows:
    """The groups that a row of `members` is in."""
    place, group = aliased(GroupMember), aliased(Group)
    parts: dict[str, Node] = {
        "value": TextNode(group.id),
        "$ref": address("/Groups/", group.id),
        "display": TextNode(group.display_name, group.display_name_folded),
        "type": constant("direct"),
    }
    query = select(place.member_id).join(group, group.id == place.group_id).where(place.workspace_id == WORKSPACE)
    return _Rows(query, Member.id, parts, group.seq)


def members_of() -> _Rows:
    """The members that a row of `groups` has."""
    place, member = aliased(GroupMember), aliased(Member)
    parts: dict[str, Node] = {
        "value": TextNode(member.id),
        "$ref": address("/Users/", member.id),
        "display": TextNode(func.coalesce(func.nullif(member.display_name, ""), member.user_name)),
        "type": constant("User"),
    }
    query = select(place.group_id).join(member, member.id == place.member_id).where(place.workspace_id == WORKSPACE)
    return _Rows(query, Group.id, parts, member.id)


def address(place: str, key: Any) -> TextNode:
    """The address of the resource with the id `key` at this place."""
    return TextNode(BASE + place + key)


class _Rows:
    """Rows found from both ends: `query` selects the ids that are compared with `key`."""

    def __init__(self, query: Any, key: Any, parts: dict[str, Node], by: Any) -> None:
        self._query, self._key, self._parts, self._by = query, key, parts, by

    def some(self) -> Some:
        """All of them. The ids are looked up first: a group's members are found without walking the workspace's."""

        def some(test: Test) -> Condition:
            condition: Condition = self._key.in_(self._query.where(test(ObjectNode(self._parts))))
            return condition

        return some

    def first(self) -> Node:
        """For sorting: the first one, as lists of both are ordered."""
        (own,) = self._query.selected_columns
        rows = self._query.where(own == self._key).order_by(self._by).limit(1)
        return ObjectNode({name: TextNode(rows.with_only_columns(node.text()).scalar_subquery()) for name, node in self._parts.items()})
