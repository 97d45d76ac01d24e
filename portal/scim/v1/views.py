"""SCIM 1.1's addresses over the same users and groups: each view reads, translates, calls one verb and answers."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from portal.domain.scopes import Scope
from portal.scim import bodies, exchange, groups, users
from portal.scim.attributes import ResourceType
from portal.scim.auth import scim
from portal.scim.call import current
from portal.scim.responses import answer, options
from portal.scim.v1 import discovery, merge, shapes

blueprint = Blueprint("scim_v1", __name__, url_prefix="/scim/v1")
blueprint.after_request(options)


def _user() -> ResourceType:
    return current().resources.user


def _group() -> ResourceType:
    return current().resources.group


@blueprint.get("/Users")
@scim(Scope.USERS_READ)
def list_users() -> Response:
    """A page of users."""
    return exchange.listed("Users")


@blueprint.post("/Users")
@scim(Scope.USERS_WRITE)
def create_user() -> Response:
    """A new user."""
    return exchange.wrote("Users", users.create(current(), shapes.taken(bodies.read(), _user().urn)), 201)


@blueprint.get("/Users/<key>")
@scim(Scope.USERS_READ)
def read_user(key: str) -> Response:
    """One user."""
    return exchange.read("Users", key)


@blueprint.put("/Users/<key>")
@scim(Scope.USERS_WRITE)
def replace_user(key: str) -> Response:
    """A user as the body says."""
    return exchange.wrote("Users", users.replace(current(), key, shapes.taken(bodies.read(), _user().urn), exchange.if_match()))


@blueprint.patch("/Users/<key>")
@scim(Scope.USERS_WRITE)
def merge_user(key: str) -> Response:
    """A user with the body merged into it."""
    return exchange.wrote("Users", users.modify(current(), key, merge.operations(bodies.read(), _user()), exchange.if_match()))


@blueprint.delete("/Users/<key>")
@scim(Scope.USERS_WRITE)
def delete_user(key: str) -> Response:
    """Ends a user."""
    return exchange.deleted("Users", key)


@blueprint.get("/Groups")
@scim(Scope.GROUPS_READ)
def list_groups() -> Response:
    """A page of groups."""
    return exchange.listed("Groups")


@blueprint.post("/Groups")
@scim(Scope.GROUPS_WRITE)
def create_group() -> Response:
    """A new group."""
    return exchange.wrote("Groups", groups.create(current(), shapes.taken(bodies.read(), _group().urn)), 201)


@blueprint.get("/Groups/<key>")
@scim(Scope.GROUPS_READ)
def read_group(key: str) -> Response:
    """One group."""
    return exchange.read("Groups", key)


@blueprint.put("/Groups/<key>")
@scim(Scope.GROUPS_WRITE)
def replace_group(key: str) -> Response:
    """A group as the body says."""
    return exchange.wrote("Groups", groups.replace(current(), key, shapes.taken(bodies.read(), _group().urn), exchange.if_match()))


@blueprint.patch("/Groups/<key>")
@scim(Scope.GROUPS_WRITE)
def merge_group(key: str) -> Response:
    """A group with the body merged into it."""
    return exchange.wrote("Groups", groups.modify(current(), key, merge.operations(bodies.read(), _group()), exchange.if_match()))


@blueprint.delete("/Groups/<key>")
@scim(Scope.GROUPS_WRITE)
def delete_group(key: str) -> Response:
    """Deletes a group."""
    return exchange.deleted("Groups", key)


@blueprint.get("/ServiceProviderConfigs")
@scim()
def service_provider_configs() -> Response:
    """What the server does."""
    return answer(discovery.config(current().base, current_app.config["SETTINGS"]))


@blueprint.get("/ResourceTypes")
@scim()
def resource_types() -> Response:
    """The resource types."""
    return answer(discovery.resource_types(discovery.served(current().resources, current().ctx.profile)))


@blueprint.get("/Schemas")
@scim()
def schemas() -> Response:
    """The schemas."""
    return answer(discovery.schemas(discovery.served(current().resources, current().ctx.profile)))
