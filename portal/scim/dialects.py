"""The versions of SCIM that are served: where each lives, and how its words differ from those of 2.0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from portal.scim.attributes import ResourceType
from portal.scim.errors import ScimError
from portal.web.proxies import the_app, the_request

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"


def _as_it_is(body: dict[str, Any], _resource: ResourceType) -> dict[str, Any]:
    return body


@dataclass(frozen=True)
class Dialect:
    """A version: `prefix` of its addresses, media type of its answers, and `error`, which makes the body of an error.

    `as_stored` says that it writes resources as `scim.stored` keeps them. Another version says how it writes a resource (`shown`) and a
    list (`list_urn`), and what it is sent means in the words of 2.0: query parameters (`asked`), a resource (`taken`), the body of a
    PATCH (`operations`).
    """

    version: str
    prefix: str
    media_type: str
    error: Callable[[ScimError], dict[str, Any]]
    as_stored: bool = False
    list_urn: str = LIST_URN
    shown: Callable[[dict[str, Any]], dict[str, Any]] = dict
    asked: Callable[[dict[str, Any]], dict[str, Any]] = dict
    taken: Callable[[dict[str, Any], ResourceType], dict[str, Any]] = _as_it_is
    operations: Callable[[dict[str, Any], ResourceType], dict[str, Any]] = _as_it_is


def _error(error: ScimError) -> dict[str, Any]:
    body: dict[str, Any] = {"schemas": [ERROR_URN], "status": str(error.status), "detail": error.detail}
    if error.scim_type:
        body["scimType"] = error.scim_type
    return body


V2 = Dialect("2.0", "/scim/v2", "application/scim+json", _error, as_stored=True)


def register(app: Flask, dialect: Dialect) -> None:
    """Serves a version of SCIM below its prefix."""
    app.extensions.setdefault("scim-dialects", []).append(dialect)


def current() -> Dialect:
    """The version this request speaks, by its path; 2.0 where no version's prefix fits."""
    dialects: list[Dialect] = the_app().extensions["scim-dialects"]
    path = f"{the_request().path}/"
    return next((item for item in dialects if path.startswith(f"{item.prefix}/")), V2)
