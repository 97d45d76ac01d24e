"""What a User shows where a column and a received form speak of the same thing; the same rules in SQL as `scim.documents` has in Python.

A form is shown as it was received while it agrees with the column, which the portal's own pages can change, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, false, func, literal, not_, null, select, true

from portal.models import CustomRole, Member
from portal.profile import Role, UserType
from portal.scim.attributes import ENTERPRISE_URN, Attribute
from portal.scim.filters.documents import JsonNode, KnownNode, Spoken, first_said, said
from portal.scim.filters.received import Received
from portal.scim.filters.sql import fold
from portal.scim.filters.values import BooleanNode, Condition, Node, ObjectNode, Some, TextNode, either, itself, when

ROLE = func.coalesce(Member.custom_role_id, Member.role)


def not_taken(kept: JsonNode) -> Condition:
    """Whether a client has not taken the attribute away, which leaves a null in the form's place."""
    return not_(func.coalesce(kept.is_null(), false()))


def status(received: Received, _attribute: Attribute) -> Some:
    """`active`."""
    node = BooleanNode(Member.status == "active", Member.status == "inactive")
    return when(not_taken(received.document.get("active")), itself(node))


def emails(received: Received, attribute: Attribute) -> Some:
    """As received while the address that counts is the member's; otherwise with the member's in its place."""
    fits = Spoken(received.document.get("emails")).said().is_not_distinct_from(Member.email)
    return _plural(received, attribute, fits, Member.email.is_not(None), TextNode(Member.email, Member.email_folded))


def roles(received: Received, attribute: Attribute) -> Some:
    """As received while it names the member's role; otherwise with that in its place."""
    kept = received.document.get("roles")
    return _plural(received, attribute, _names_role(received, Spoken(kept).said()), not_taken(kept), TextNode(ROLE))


def role(received: Received, attribute: Attribute) -> Some:
    """The profile's top-level role attribute: the word that was received while it names the member's role."""
    kept = received.document.get(attribute.name)
    word = Spoken(kept).said()
    return when(not_taken(kept), itself(TextNode(case((_names_role(received, word), word), else_=ROLE))))


def user_type(received: Received, attribute: Attribute) -> Some:
    """The word that was received while it names the member's type."""
    word = received.document.get(attribute.name).text()
    return itself(TextNode(case((_names(Member.user_type, word, received.resource.profile.user_types), word), else_=Member.user_type)))


def manager(received: Received, attribute: Attribute) -> Some:
    """As received while it speaks of the member's manager; otherwise that name."""
    kept = received.document.get(ENTERPRISE_URN).get("manager")
    word = first_said(kept.text(), kept.get("displayName").text(), kept.get("value").text())
    fits = word.is_not_distinct_from(Member.manager)
    named = when(and_(not_(fits), Member.manager.is_not(None)), itself(ObjectNode({"displayName": TextNode(Member.manager)})))
    return either(when(fits, received.values(attribute, ENTERPRISE_URN)), named)


def _plural(received: Received, attribute: Attribute, fits: Condition, wanted: Condition, value: Node) -> Some:
    kept = received.document.get(attribute.name)
    spoken, word = Spoken(kept), Spoken(kept).said()
    fits = func.coalesce(fits, false())
    values = received.values(attribute)

    def others(test: Any) -> Condition:
        return values(lambda node: and_(test(node), said(_json(node)).is_distinct_from(word)))

    kind, primary = spoken.pick("type"), spoken.pick("primary")
    usual = literal("work", Text) if attribute.name == "emails" else null()
    made = ObjectNode(
        {
            "value": value,
            "type": TextNode(case((kept.exists(), kind and kind.text()), else_=usual)),
            "primary": BooleanNode(case((word.is_(None), true()), else_=primary and primary.boolean())),
        }
    )
    return either(_if(values, fits), _if(others, not_(fits)), _if(itself(made), and_(not_(fits), wanted)))


def _if(some: Some, condition: Condition) -> Some:
    """As `when`, with what costs more tried last: databases go from left to right, and few rows pass the test."""
    return lambda test: and_(some(test), condition)


def _json(node: Node) -> JsonNode:
    if isinstance(node, KnownNode):
        return node.value
    raise TypeError("the values of a complex attribute are known nodes")


def _names_role(received: Received, word: ColumnElement[Any]) -> Condition:
    """Whether a word is the key, name or id of the member's role."""
    custom = select(CustomRole.name).where(CustomRole.id == Member.custom_role_id).scalar_subquery()
    is_custom = fold(func.trim(word)).in_([fold(Member.custom_role_id), fold(custom)])
    return case((Member.custom_role_id.is_not(None), is_custom), else_=_names(Member.role, word, received.resource.profile.roles))


def _names(column: Any, word: Any, choices: Iterable[Role | UserType]) -> Condition:
    named = fold(func.trim(word))
    known = [(column == item.key, named.in_([fold(literal(text, Text)) for text in (item.key, item.name)])) for item in choices]
    return case(*known, else_=named == fold(column))
