"""Discovery of SCIM 1.1: what the server does, its resources and their schemas (Core Schema 1.1 §9, §10; Okta's suite for 1.1)."""

from __future__ import annotations

from typing import Any

from portal.config import Settings
from portal.profile import Profile
from portal.scim.attributes import Attribute, Resources, ResourceType
from portal.scim.paging import MAX_COUNT
from portal.scim.v1.shapes import CORE, ENTERPRISE

LIST = f"{CORE}:ListResponse"
OKTA_CAPABILITIES = "urn:okta:schemas:scim:providerconfig:1.0"
_PEOPLE = [
    "IMPORT_NEW_USERS",
    "IMPORT_PROFILE_UPDATES",
    "PUSH_NEW_USERS",
    "PUSH_PROFILE_UPDATES",
    "PUSH_USER_DEACTIVATION",
    "REACTIVATE_USERS",
]
_OWN = ("schemas", "id", "externalId", "meta")


def config(base: str, settings: Settings, profile: Profile) -> dict[str, Any]:
    """The ServiceProviderConfigs resource, with what Okta's on-premises agent reads: which of its tasks the server takes."""
    return {
        "schemas": [CORE, OKTA_CAPABILITIES],
        OKTA_CAPABILITIES: {"userManagementCapabilities": [*_PEOPLE, *(["GROUP_PUSH"] if profile.scim.groups else [])]},
        "documentationUrl": settings.url("", "/"),
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MAX_COUNT},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "xmlDataFormat": {"supported": False},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Token of the workspace",
                "description": "The header Authorization with the token, with or without the word Bearer before it.",
                "specUrl": "https://www.rfc-editor.org/rfc/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"location": f"{base}/ServiceProviderConfigs"},
    }


def served(resources: Resources, profile: Profile) -> list[ResourceType]:
    """The resource types; Group only where the product has groups."""
    return [item for item in resources.all if item.name == "User" or profile.scim.groups]


def resource_types(types: list[ResourceType]) -> dict[str, Any]:
    """The list of resource types."""
    found = [{"schemas": [CORE], "id": item.name, "name": item.name, "endpoint": item.endpoint, "schema": CORE} for item in types]
    return _list([CORE], found)


def schemas(types: list[ResourceType]) -> dict[str, Any]:
    """The list of schemas: each type with its extensions' attributes, which name their own schema."""
    return _list([CORE, LIST], [_schema(item) for item in types])


def _list(names: list[str], found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"schemas": names, "totalResults": len(found), "startIndex": 1, "itemsPerPage": len(found), "Resources": found}


def _schema(resource: ResourceType) -> dict[str, Any]:
    attributes = [_attribute(item, CORE) for item in resource.attributes if item.name not in _OWN]
    attributes += [_attribute(item, ENTERPRISE) for extension in resource.extensions for item in extension.attributes]
    return {
        "schemas": [CORE],
        "id": f"{CORE}:{resource.name}",
        "name": resource.name,
        "description": resource.description,
        "schema": CORE,
        "endpoint": resource.endpoint,
        "attributes": attributes,
    }


def _attribute(attribute: Attribute, schema: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": "managerId" if attribute.name == "value" and schema == ENTERPRISE else attribute.name,
        "type": attribute.type,
        "multiValued": attribute.multi_valued,
        "description": attribute.description or attribute.name,
        "schema": schema,
        "readOnly": attribute.mutability == "readOnly",
        "required": attribute.required,
        "caseExact": attribute.case_exact,
    }
    if attribute.canonical_values:
        made["canonicalValues"] = list(attribute.canonical_values)
    subs = [_attribute(item, schema) for item in attribute.sub_attributes if item.name != "$ref"]
    return {**made, "subAttributes": subs} if subs else made
