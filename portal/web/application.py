"""Flask without what this application never uses and every request would pay for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin


class SignedCookie(SecureCookieSessionInterface):
    """The signed cookie, with nothing to do for a request that brings none and an answer that looked at none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; without one nothing is built that could read it."""
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Writes the cookie when it changed."""
        if session.accessed or session.modified or session:
            super().save_session(app, session, response)


class Application(Flask):
    """Flask whose hooks and views are plain functions."""

    session_interface = SignedCookie()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: none is asynchronous, and asking each at each request costs more than most of them."""
        return func
