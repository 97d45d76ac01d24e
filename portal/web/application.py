"""Flask without what this application never uses and every request would pay for."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.routing import MapAdapter


class SignedCookie(SecureCookieSessionInterface):
    """The signed cookie, with nothing to do for a request that brings none and an answer that looked at none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; without one nothing is built that could read it."""
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Writes the cookie when it changed."""
        if session.accessed or session.modified or session:
            super().save_session(app, session, response)


class Asked(Request):
    """A request that takes the name of its endpoint apart once; the hooks ask for it a dozen times."""

    @property
    def blueprint(self) -> str | None:
        """The blueprint that serves it, if one does."""
        endpoint = self.endpoint
        return _blueprint(endpoint) if endpoint else None

    @property
    def blueprints(self) -> list[str]:
        """The same as a list; blueprints of blueprints there are none."""
        name = self.blueprint
        return [] if name is None else [name]


@lru_cache(1000)
def _blueprint(endpoint: str) -> str | None:
    return endpoint.rpartition(".")[0] or None


class Application(Flask):
    """Flask whose hooks and views are plain functions."""

    request_class = Asked
    session_interface = SignedCookie()

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What matches the address, as Flask makes it, without looking at the host a second time."""
        if request is None:
            return super().create_url_adapter(request)
        # There is nothing to upgrade to, so it counts as not asked (RFC 9110 §7.8); matched as a web socket, no address would take it.
        request.environ.pop("HTTP_UPGRADE", None)
        if not request.environ.get("PATH_INFO"):
            return super().create_url_adapter(request)
        return self.url_map.bind(
            request.host,
            script_name=request.root_path,
            subdomain="",
            url_scheme=request.scheme,
            default_method=request.method,
            path_info=request.path,
            query_args=request.query_string.decode(errors="replace"),
        )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: none is asynchronous, and asking each at each request costs more than most of them."""
        return func
