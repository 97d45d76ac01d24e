"""Where each attribute of a User and a Group stands in the database; the words are those of `attributes.COMPUTED`."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Text, cast, literal, true

from portal.models import Member
from portal.scim.attributes import ENTERPRISE_URN, Attribute, Extension
from portal.scim.filters import people
from portal.scim.filters.documents import Chosen, JsonNode, Spoken
from portal.scim.filters.membership import address, groups_of, members_of
from portal.scim.filters.nodes import Path
from portal.scim.filters.received import Received, known
from portal.scim.filters.values import (
    BooleanNode,
    InstantNode,
    Node,
    ObjectNode,
    Some,
    TextNode,
    constant,
    either,
    every,
    itself,
    present,
    when,
)


class Places(Received):
    """All the attributes of `resource`: those in columns, those in other tables, and what was received."""

    def some(self, path: Path) -> Some:
        """All the values that `path` names, modelled or not."""
        urn = "" if path.urn.lower() == self.resource.urn.lower() else path.urn
        values = self._in_extension(urn, path.name) if urn else self._in_core(path.name, whole=bool(path.sub))
        return every(values, lambda node: node.member(path.sub)) if path.sub else values

    def chosen(self, path: Path) -> Node | None:
        """The one value of `path` that sorting goes by: the only, the primary or the first one (RFC 7644 §3.4.2.3); None for none."""
        urn = "" if path.urn.lower() == self.resource.urn.lower() else path.urn
        found = self.resource.find(f"{urn}:{path.name}" if urn else path.name)
        if found is None:
            node = (self.document.get(urn) if urn else self.document).pick(path.name)
            return node and node.pick(path.sub or "value")
        node = self._node(found.attribute, found.extension)
        node = Chosen(node) if isinstance(node, JsonNode) and found.attribute.multi_valued else node
        if found.attribute.type != "complex" and not path.sub:
            return node
        sub = found.attribute.sub(path.sub or "value")
        return node.pick(sub.name if sub else path.sub or "value")

    def _in_core(self, name: str, *, whole: bool) -> Some:
        if not name:
            return itself(BooleanNode(true()))
        found = self.resource.find(name)
        return self._values(found.attribute, whole=whole) if found else self.document.member(name)

    def _in_extension(self, urn: str, name: str) -> Some:
        extension = self.resource.extension(urn)
        if extension is None:
            # What follows the last colon is an attribute, or the end of the schema's own name.
            return either(every(self.document.objects(urn), lambda node: node.member(name)), self.document.objects(f"{urn}:{name}"))
        if not name:
            return itself(self.extension(extension))
        found = self.resource.find(f"{urn}:{name}")
        return self._values(found.attribute, extension.urn) if found else self.document.get(extension.urn).member(name)

    def extension(self, extension: Extension) -> Node:
        """All that a known extension holds."""
        columns = {item.name: self._node(item, extension.urn) for item in extension.attributes if item.column or item.computed}
        return ObjectNode(columns, self.document.get(extension.urn))

    def _values(self, attribute: Attribute, urn: str = "", *, whole: bool = False) -> Some:
        """The values of a modelled attribute; `whole` when its members are asked for, which say themselves whether they are there."""
        if attribute.computed in _LISTS:
            return _LISTS[attribute.computed](self, attribute)
        node = self._node(attribute, urn)
        if attribute.column == "display_name" and self.table is Member:
            return when(people.not_taken(self.document.get(attribute.name)), present(node))
        return known(node, attribute) if isinstance(node, JsonNode) else itself(node) if whole else present(node)

    def _node(self, attribute: Attribute, urn: str = "") -> Node:
        """One value: of a multi-valued attribute the chosen one."""
        if attribute.computed:
            node: Node = _COMPUTED[attribute.computed](self)
            return node
        if attribute.column:
            column = getattr(self.table, attribute.column)
            if attribute.type == "dateTime":
                return InstantNode(column)
            return TextNode(column, getattr(self.table, attribute.folded) if attribute.folded else None)
        json = self.kept(attribute, urn)
        made = {sub.name: self._node(sub) for sub in attribute.sub_attributes if sub.column or sub.computed}
        return ObjectNode(made, json) if made else json


def _schemas(places: Places, _attribute: Attribute) -> Some:
    extensions = (when(places.extension(item).present(), itself(constant(item.urn))) for item in places.resource.extensions)
    return either(itself(constant(places.resource.urn)), places.document.keys("urn:"), *extensions)


_LISTS: dict[str, Callable[[Places, Attribute], Some]] = {
    "status": people.status,
    "emails": people.emails,
    "roles": people.roles,
    "role": people.role,
    "userType": people.user_type,
    "manager": people.manager,
    "schemas": _schemas,
    "groups": lambda *_: groups_of().some(),
    "members": lambda *_: members_of().some(),
}
_COMPUTED: dict[str, Callable[[Places], Node]] = {
    "status": lambda _: BooleanNode(Member.status == "active"),
    "version": lambda places: TextNode(literal('W/"', Text) + cast(places.table.version, Text) + '"'),
    "role": lambda _: TextNode(people.ROLE),
    "userType": lambda _: TextNode(Member.user_type),
    "location": lambda places: address(f"{places.resource.endpoint}/", places.table.id),
    "resourceType": lambda places: constant(places.resource.name),
    "schemas": lambda places: constant(places.resource.urn),
    "emails": lambda places: ObjectNode({"value": TextNode(Member.email, Member.email_folded)}, Spoken(places.document.get("emails"))),
    "roles": lambda places: ObjectNode({"value": TextNode(people.ROLE)}, Spoken(places.document.get("roles"))),
    "manager": lambda places: ObjectNode({"displayName": TextNode(Member.manager)}, places.document.get(ENTERPRISE_URN).get("manager")),
    "groups": lambda _: groups_of().first(),
    "members": lambda _: members_of().first(),
}
