"""Lists: by query parameters, or by `POST /.search` with the same words as JSON (RFC 7644 §3.4.2, §3.4.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import current_app

from portal.domain.scopes import Scope
from portal.domain.texts import fold
from portal.scim import around, auth, stored
from portal.scim.attributes import ResourceType
from portal.scim.call import Along, Call
from portal.scim.dialects import Dialect
from portal.scim.errors import InvalidValue
from portal.scim.paging import MAX_COUNT, Listing, Page, Window
from portal.scim.projection import Projection
from portal.web.proxies import the_request

READ_SCOPES = (Scope.USERS_READ.value, Scope.GROUPS_READ.value)
_BY_NAME = re.compile(r'userName eq "([^"\\\x00-\x1f]{1,320})"', re.IGNORECASE)
_WORDS = ("filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes")
_ASKED = {word.lower(): word for word in _WORDS}


def asked_in_query(dialect: Dialect) -> dict[str, Any]:
    """What the query parameters ask for, in the words of 2.0; their names in any letter case."""
    asked = the_request()
    if not asked.query_string:
        return {}
    given = {key.lower(): value for key, value in asked.args.items()}
    return dialect.asked({name: given[key] for key, name in _ASKED.items() if key in given})


def asked_in_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the body of a search asks for; raises InvalidValue where names of attributes are no texts."""
    given = {key.lower(): value for key, value in body.items()}
    asked = {name: given[key] for key, name in _ASKED.items() if given.get(key) is not None}
    for name in _WORDS[-2:]:
        value = asked.get(name, "")
        if not all(isinstance(item, str) for item in (value if isinstance(value, list) else [value])):
            raise InvalidValue(f'{name} must be the name of an attribute, or a list of names such as ["userName"].')
    return asked


def of(call: Call, resource: ResourceType, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The list response for one resource type; raises what the filter, the order or the window refuse."""
    projection = Projection.of(asked, resource)
    window = Window.of(asked)
    page = _usual(call, asked, window) if resource.name == "User" else None
    if page is None:
        listing = Listing.of(call.ctx, resource, call.base, asked)
        page = listing.page(window, current_app.config["VAULT"]) if _serves(call, resource) else Page(0, [], window.start)
    return {"schemas": [call.dialect.list_urn], **page.figures(), "Resources": _shown(call, resource, page.rows, projection)}


def _serves(call: Call, resource: ResourceType) -> bool:
    """Whether the product has these: groups that an earlier profile left, or that are kept by hand, are not seen by SCIM."""
    return resource.name == "User" or call.ctx.profile.scim.groups


def along(dialect: Dialect) -> Along | None:
    """What a list of users looks up first, where it is one of the usual ones."""
    wanted = _wanted(asked_in_query(dialect)) if dialect.as_stored else None
    return None if wanted is None else (stored.NAMED, wanted) if wanted else (stored.BUCKETS, wanted)


def _wanted(asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of the lists that directories ask for, nearly all: of an import nothing, of a look-up by user name the name; None for any other."""
    if "sortBy" in asked or "sortOrder" in asked or asked.get("cursor") is not None:
        return None
    if "filter" not in asked:
        return {}
    name = _BY_NAME.fullmatch(asked["filter"]) if isinstance(asked["filter"], str) else None
    return None if name is None else {"folded": fold(name[1])}


def _usual(call: Call, asked: Mapping[str, Any], window: Window) -> Page | None:
    """The page of a usual list of users; None for any other."""
    wanted = _wanted(asked)
    if wanted is None:
        return None
    if not wanted:
        total, found = stored.page(call, window.start, window.count)
        return Page(total, found, window.start)
    named = stored.named(call, **wanted)
    return Page(len(named), named if window.start == 1 and window.count else [], window.start)


def of_everything(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The list response over all resource types the token may read: users first, then groups."""
    served = READ_SCOPES if call.ctx.profile.scim.groups else READ_SCOPES[:1]
    readable = [scope for scope in served if scope in call.opened.token.scopes]
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


def _shown(call: Call, resource: ResourceType, rows: list[Any], projection: Projection) -> list[Any]:
    if resource.name == "User":
        return stored.shown(call, rows, projection)
    return [call.dialect.shown(document) for document in around.groups(call, rows, projection)]
