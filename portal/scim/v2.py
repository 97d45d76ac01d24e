"""SCIM 2.0's own addresses, beside those of Users and Groups: searches, bulk requests, discovery."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request

from portal.domain.scopes import Scope
from portal.scim import bodies, bulk, discovery, lists, resource_views
from portal.scim.auth import hold, scim
from portal.scim.call import current
from portal.scim.dialects import LIST_URN
from portal.scim.errors import Forbidden, NotFound, NotSupported
from portal.scim.responses import answer, options

blueprint = Blueprint("scim", __name__, url_prefix="/scim/v2")
blueprint.after_request(options)
resource_views.serve(blueprint)


@blueprint.post("/Users/.search")
@scim(Scope.USERS_READ)
def search_users() -> Response:
    """A page of users, asked for by a body."""
    return answer(lists.of(current(), current().resources.user, lists.asked_in_body(bodies.read())))


@blueprint.post("/Groups/.search")
@scim(Scope.GROUPS_READ)
def search_groups() -> Response:
    """A page of groups, asked for by a body."""
    return answer(lists.of(current(), current().resources.group, lists.asked_in_body(bodies.read())))


@blueprint.get("")
@scim()
def list_everything() -> Response:
    """A page over all resource types (RFC 7644 §3.4.2.1)."""
    return answer(lists.of_everything(current(), lists.asked_in_query(current().dialect)))


@blueprint.post("/.search")
@scim()
def search() -> Response:
    """A page over all resource types."""
    return answer(lists.of_everything(current(), lists.asked_in_body(bodies.read())))


@blueprint.post("/Bulk")
@scim()
def bulk_request() -> Response:
    """Many operations at once."""
    body = bodies.read()
    hold(current())
    return answer(bulk.run(current(), body, len(request.get_data(cache=True))))


@blueprint.route("/Me", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@scim()
def me() -> Response:
    """Nobody: a token is the workspace's, not a person's (RFC 7644 §3.11 answers 501 then)."""
    raise NotSupported("A token belongs to the workspace, not to a user, so there is no Me. Use /Users.")


@blueprint.get("/ServiceProviderConfig")
@scim()
def service_provider_config() -> Response:
    """What the server does."""
    _refuse_filter()
    return answer(discovery.config(current().base, current_app.config["SETTINGS"]))


@blueprint.get("/ResourceTypes")
@blueprint.get("/ResourceTypes/<key>")
@scim()
def resource_types(key: str = "") -> Response:
    """The resource types, or one."""
    return _discovered(discovery.resource_types(current().base, current().resources, current_app.config["PROFILE"]), key)


@blueprint.get("/Schemas")
@blueprint.get("/Schemas/<key>")
@scim()
def schemas(key: str = "") -> Response:
    """The schemas, or one."""
    return _discovered(discovery.schemas(current().base, current().resources, current_app.config["PROFILE"]), key)


def _discovered(items: list[dict[str, Any]], key: str) -> Response:
    _refuse_filter()
    if not key:
        figures = {"totalResults": len(items), "startIndex": 1, "itemsPerPage": len(items)}
        return answer({"schemas": [LIST_URN], **figures, "Resources": items})
    found = next((item for item in items if item["id"].lower() == key.lower()), None)
    if found is None:
        raise NotFound(f"There is no “{key[:200]}” here; the list without it names them all.")
    return answer(found)


def _refuse_filter() -> None:
    if any(name.lower() == "filter" for name in request.args):
        raise Forbidden("Discovery takes no filter (RFC 7644 §4).")
