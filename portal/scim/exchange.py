"""Users and Groups in answer to a request, in the words of its dialect; `kind` is Users or Groups."""

from __future__ import annotations

from typing import Any

from flask import Response

from portal.models.rows import flush
from portal.scim import bodies, etags, groups, journal, lists, users
from portal.scim.attributes import ResourceType
from portal.scim.call import current
from portal.scim.projection import Projection
from portal.scim.responses import answer, no_content
from portal.web.proxies import the_request
from portal.web.transactions import commit

_VERBS: dict[str, Any] = {"Users": users, "Groups": groups}


def listed(kind: str) -> Response:
    """The page that the query asks for."""
    call = current()
    return answer(lists.of(call, _resource(kind), lists.asked_in_query(call.dialect)))


def shown(kind: str, row: Any, status: int = 200) -> Response:
    """The resource of a row."""
    return _shown(kind, row, _projection(kind), status)


def read(kind: str, key: str) -> Response:
    """The resource with this id; 304 when the client has it already."""
    row = _VERBS[kind].read(current(), key)
    known = the_request().headers.get("If-None-Match")
    if known is not None and etags.matches(known, row.version):
        response = no_content({"ETag": etags.tag(row.version)})
        response.status_code = 304
        return response
    return shown(kind, row)


def created(kind: str) -> Response:
    """The new resource that the body describes."""
    projection = _projection(kind)
    return _wrote(kind, _VERBS[kind].create(current(), _body(kind)), projection, 201)


def replaced(kind: str, key: str) -> Response:
    """The resource with this id, as the body describes it."""
    journal.note(resource_id=key)
    projection = _projection(kind)
    return _wrote(kind, _VERBS[kind].replace(current(), key, _body(kind), if_match()), projection)


def modified(kind: str, key: str) -> Response:
    """The resource with this id after the changes of a PATCH."""
    journal.note(resource_id=key)
    projection = _projection(kind)
    steps = current().dialect.operations(bodies.read(), _resource(kind))
    return _wrote(kind, _VERBS[kind].modify(current(), key, steps, if_match()), projection)


def deleted(kind: str, key: str) -> Response:
    """Nothing: the resource with this id is gone."""
    call = current()
    _VERBS[kind].delete(call, key, if_match())
    journal.wrote(call.ctx, 204)
    commit()
    return no_content()


def if_match() -> str | None:
    """The version that the client wants to change."""
    return the_request().headers.get("If-Match")


def _wrote(kind: str, row: Any, projection: Projection, status: int = 200) -> Response:
    """The answer to a write; put together once the workspace's lock is free again."""
    ctx = current().ctx
    flush(ctx.session)
    journal.wrote(ctx, status)
    commit()
    return _shown(kind, row, projection, status)


def _shown(kind: str, row: Any, projection: Projection, status: int) -> Response:
    call = current()
    headers = {"ETag": etags.tag(row.version), "Location": f"{call.base}/{kind}/{row.id}"}
    return answer(_VERBS[kind].shown(call, row, projection), status, headers)


def _projection(kind: str) -> Projection:
    return Projection.of(lists.asked_in_query(current().dialect), _resource(kind))


def _body(kind: str) -> dict[str, Any]:
    """The resource in the body, in the words of 2.0."""
    return current().dialect.taken(bodies.read(), _resource(kind))


def _resource(kind: str) -> ResourceType:
    resources = current().resources
    return resources.user if kind == "Users" else resources.group
