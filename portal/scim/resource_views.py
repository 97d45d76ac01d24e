"""The addresses of Users and Groups, the same in every version: each view reads the request, calls one verb and answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from portal.domain.scopes import Scope
from portal.scim import exchange, lists, users
from portal.scim.auth import scim

_SCOPES = {"Users": (Scope.USERS_READ, Scope.USERS_WRITE), "Groups": (Scope.GROUPS_READ, Scope.GROUPS_WRITE)}
# What a list, or one resource, is read by together with the token.
_ALONG: dict[str, tuple[Any, Any]] = {"Users": (lists.along, users.along), "Groups": (None, None)}


def serve(blueprint: Blueprint) -> None:
    """Adds the addresses to a version's blueprint."""
    for kind in _SCOPES:
        _collection(blueprint, kind)
        _single(blueprint, kind)


def _collection(blueprint: Blueprint, kind: str) -> None:
    reading, writing = _SCOPES[kind]

    @blueprint.get(f"/{kind}", endpoint=f"list_{kind.lower()}")
    @scim(reading, along=_ALONG[kind][0])
    def find() -> Response:
        """A page of them."""
        return exchange.listed(kind)

    @blueprint.post(f"/{kind}", endpoint=f"create_{kind.lower()}")
    @scim(writing)
    def create() -> Response:
        """A new one."""
        return exchange.created(kind)


def _single(blueprint: Blueprint, kind: str) -> None:
    reading, writing = _SCOPES[kind]
    address = f"/{kind}/<key>"

    @blueprint.get(address, endpoint=f"read_{kind.lower()}")
    @scim(reading, along=_ALONG[kind][1])
    def read(key: str) -> Response:
        """This one."""
        return exchange.read(kind, key)

    @blueprint.put(address, endpoint=f"replace_{kind.lower()}")
    @scim(writing)
    def replace(key: str) -> Response:
        """This one as the body says."""
        return exchange.replaced(kind, key)

    @blueprint.patch(address, endpoint=f"modify_{kind.lower()}")
    @scim(writing)
    def modify(key: str) -> Response:
        """This one after the changes that the body names."""
        return exchange.modified(kind, key)

    @blueprint.delete(address, endpoint=f"delete_{kind.lower()}")
    @scim(writing)
    def delete(key: str) -> Response:
        """Nothing: this one is gone."""
        return exchange.deleted(kind, key)
