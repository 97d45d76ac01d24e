"""Two small cookies that tie a sign-in to the browser that began it."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, after_this_request, current_app, request

from portal.domain.sso_attempts import REQUEST_LIFETIME
from portal.vault import digest, new_secret, same

_SECRET = re.compile(r"wpb_[A-Za-z0-9_-]{43}")
STARTED, ARRIVED = "portal-sso", "portal-sso-arrival"
"""One is set where a sign-in starts; the other where one arrives that the identity provider began."""


def secret(name: str) -> str:
    """The browser's secret under a cookie name, made now when it has none; tabs share it."""
    known = request.cookies.get(_cookie(name), "")
    value = known if _SECRET.fullmatch(known) else new_secret("wpb")

    @after_this_request
    def _set(response: Response) -> Response:
        lifetime = int(REQUEST_LIFETIME.total_seconds())
        response.set_cookie(_cookie(name), value, max_age=lifetime, **_attributes())
        return response

    return value


def is_the_same(browser_hash: str | None) -> bool:
    """Whether this browser holds the secret behind a hash, under either name."""
    held = [request.cookies.get(_cookie(name), "") for name in (STARTED, ARRIVED)]
    return browser_hash is not None and any(value != "" and same(digest(value), browser_hash) for value in held)


def _cookie(name: str) -> str:
    return ("__Host-" if current_app.config["SETTINGS"].https else "") + name


def _attributes() -> dict[str, Any]:
    return {"secure": current_app.config["SETTINGS"].https, "httponly": True, "samesite": "Lax", "path": "/"}
