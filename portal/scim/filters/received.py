"""What a resource was received with and keeps as JSON, under the names of its table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from portal.scim.attributes import Attribute, ResourceType
from portal.scim.filters.documents import JsonNode, KnownNode
from portal.scim.filters.postgres_json import PostgresNode
from portal.scim.filters.sqlite_json import SqliteNode
from portal.scim.filters.values import Some


class Received:
    """The JSON of `resource` in a database of this dialect: `document` is all of it."""

    def __init__(self, resource: ResourceType, dialect: str) -> None:
        self.resource = resource
        self.table: Any = resource.model
        postgres = dialect == "postgresql"
        self.document: JsonNode = (PostgresNode if postgres else SqliteNode)(
            type_coerce(self.table.attributes, JSONB if postgres else Text)
        )

    def kept(self, attribute: Attribute, urn: str = "") -> JsonNode:
        """All that was received for a modelled attribute, in one piece."""
        return (self.document.get(urn) if urn else self.document).get(attribute.name)

    def values(self, attribute: Attribute, urn: str = "") -> Some:
        """The values of it, one by one."""
        return known(self.kept(attribute, urn), attribute)


def known(values: JsonNode, attribute: Attribute) -> Some:
    """The values of a modelled attribute: their members are written as the table writes them."""
    if attribute.type != "complex":
        return values.items()
    return lambda test: values.items()(lambda node: test(KnownNode(node, attribute)) if isinstance(node, JsonNode) else test(node))
