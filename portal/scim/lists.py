"""Lists: by query parameters, or by `POST /.search` with the same words as JSON (RFC 7644 §3.4.2, §3.4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, request

from portal.domain.scopes import Scope
from portal.scim import around, auth, dialects
from portal.scim.attributes import ResourceType
from portal.scim.call import Call
from portal.scim.paging import MAX_COUNT, Listing, Window
from portal.scim.projection import Projection

READ_SCOPES = (Scope.USERS_READ.value, Scope.GROUPS_READ.value)
_ASKED = ("filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes")


def asked_in_query() -> dict[str, Any]:
    """What the query parameters ask for, in the words of 2.0; their names in any letter case."""
    given = {key.lower(): value for key, value in request.args.items()}
    return dialects.current().asked({name: given[name.lower()] for name in _ASKED if name.lower() in given})


def asked_in_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the body of a search asks for."""
    given = {key.lower(): value for key, value in body.items()}
    return {name: given[name.lower()] for name in _ASKED if given.get(name.lower()) is not None}


def of(call: Call, resource: ResourceType, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The list response for one resource type; raises what the filter, the order or the window refuse."""
    projection = Projection.of(asked, resource)
    listing = Listing.of(call.ctx, resource, call.base, asked)
    page = listing.page(Window.of(asked), current_app.config["VAULT"])
    return {"schemas": [call.dialect.list_urn], **page.figures(), "Resources": _shown(call, resource, page.rows, projection)}


def of_everything(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The list response over all resource types the token may read: users first, then groups."""
    readable = [scope for scope in READ_SCOPES if scope in call.opened.token.scopes]
    if not readable:
        auth.require(READ_SCOPES[0])
    window = Window.of({key: value for key, value in asked.items() if key != "cursor"})
    total, found = 0, []
    skipped, left = window.start - 1, min(window.count, MAX_COUNT)
    for resource, scope in zip((call.resources.user, call.resources.group), READ_SCOPES, strict=True):
        if scope not in readable:
            continue
        listing = Listing.of(call.ctx, resource, call.base, asked)
        count = listing.total()
        if left and skipped < count:
            rows = listing.rows(skipped + 1, left)
            found += _shown(call, resource, rows, Projection.of(asked, resource))
            left -= len(rows)
        skipped, total = max(0, skipped - count), total + count
    return {
        "schemas": [call.dialect.list_urn],
        "totalResults": total,
        "startIndex": window.start,
        "itemsPerPage": len(found),
        "Resources": found,
    }


def _shown(call: Call, resource: ResourceType, rows: list[Any], projection: Projection) -> list[dict[str, Any]]:
    show = around.users if resource.name == "User" else around.groups
    return [call.dialect.shown(document) for document in show(call, rows, projection)]
