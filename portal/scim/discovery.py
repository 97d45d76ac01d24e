"""Discovery (RFC 7644 §4, RFC 7643 §5 to §7): what this server really does, with the profile's own attributes."""

from __future__ import annotations

from typing import Any

from portal.config import Settings
from portal.profile import Profile
from portal.scim import bulk
from portal.scim.attributes import Attribute, Resources, ResourceType
from portal.scim.cursors import LIFE
from portal.scim.paging import DEFAULT_COUNT, MAX_COUNT

CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def config(base: str, settings: Settings) -> dict[str, Any]:
    """The ServiceProviderConfig."""
    return {
        "schemas": [CONFIG_URN],
        "documentationUri": settings.url("", "/"),
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": bulk.MAX_OPERATIONS, "maxPayloadSize": bulk.MAX_PAYLOAD},
        "filter": {"supported": True, "maxResults": MAX_COUNT},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
            "cursorTimeout": int(LIFE.total_seconds()),
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "A token of the workspace: made by an admin, or granted by consent (OAuth 2.0).",
                "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def resource_types(base: str, resources: Resources, profile: Profile) -> list[dict[str, Any]]:
    """The resource types; Group only where the product has groups."""
    return [_resource_type(base, item) for item in resources.all if item.name == "User" or profile.scim.groups]


def schemas(base: str, resources: Resources, profile: Profile) -> list[dict[str, Any]]:
    """The schemas of the resource types and their extensions."""
    found = []
    for resource in resources.all:
        if resource.name == "Group" and not profile.scim.groups:
            continue
        own = tuple(item for item in resource.attributes if item.name not in ("schemas", "id", "externalId", "meta"))
        found.append(_schema(base, resource.urn, resource.name, resource.description, own))
        found += [_schema(base, item.urn, item.name, item.description, item.attributes) for item in resource.extensions]
    return found


def _resource_type(base: str, resource: ResourceType) -> dict[str, Any]:
    return {
        "schemas": [TYPE_URN],
        "id": resource.name,
        "name": resource.name,
        "endpoint": resource.endpoint,
        "description": resource.description,
        "schema": resource.urn,
        "schemaExtensions": [{"schema": item.urn, "required": False} for item in resource.extensions],
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{resource.name}"},
    }


def _schema(base: str, urn: str, name: str, description: str, attributes: tuple[Attribute, ...]) -> dict[str, Any]:
    return {
        "schemas": [SCHEMA_URN],
        "id": urn,
        "name": name,
        "description": description,
        "attributes": [_attribute(item) for item in attributes],
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
    }


def _attribute(attribute: Attribute) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": attribute.name,
        "type": attribute.type,
        "multiValued": attribute.multi_valued,
        "description": attribute.description or attribute.name,
        "required": attribute.required,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
    }
    if attribute.type in ("string", "reference", "binary"):
        made["caseExact"] = attribute.case_exact
    if attribute.type != "complex":
        made["uniqueness"] = attribute.uniqueness
    if attribute.canonical_values:
        made["canonicalValues"] = list(attribute.canonical_values)
    if attribute.reference_types:
        made["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        made["subAttributes"] = [_attribute(item) for item in attribute.sub_attributes]
    return made
