"""The signed-in browser: a cookie with a random secret, a row in the database, one look-up a request."""

from __future__ import annotations

from flask import Flask, Response, after_this_request, current_app, g, request
from flask import session as cookie_state
from sqlalchemy import update

from portal.domain import sessions
from portal.domain.actors import Actor
from portal.extensions import db, read_only, writable
from portal.models import Member, Session
from portal.web.proxies import the_g
from portal.web.tenancy import client_ip, now


def init_app(app: Flask) -> None:
    """Nothing runs until a guard asks for the member."""
    app.teardown_appcontext(lambda _error: the_g().pop("member", None))


def cookie_name() -> str:
    """The session cookie's name; `__Host-` under https ties it to this host and to TLS."""
    return ("__Host-" if current_app.config["SETTINGS"].https else "") + "portal-session"


def load_member() -> Member | None:
    """The signed-in member of this host's workspace, or None; sets `g.session`, `g.member` and the context's actor."""
    if "member" in g:
        return g.member  # type: ignore[no-any-return]
    g.member = g.session = None
    secret = request.cookies.get(cookie_name())
    if g.workspace is None or not secret or len(secret) > 200:
        return None
    found = sessions.find(db.session(), g.workspace.id, secret, now())
    if found is None:
        return None
    g.session, g.member = found
    g.ctx.actor = Actor.member(g.member, client_ip(), g.get("request_id", ""))
    _note_seen(g.session)
    return g.member  # type: ignore[no-any-return]


def still_signed_in() -> bool:
    """Whether the member who was loaded is active and signed in still; asked once the workspace's lock is held, for which they waited."""
    return bool(g.member.active and g.session.ended_at is None)


def begin(
    member: Member,
    *,
    method: str,
    connection_id: str | None = None,
    name_id: str = "",
    session_index: str = "",
) -> None:
    """Signs the member in on this browser: a fresh secret, a fresh CSRF token, the earlier session ended."""
    old = load_member() and g.session
    if old:
        sessions.end(g.ctx, old, "signed-in-again")
    secret = sessions.start(
        g.ctx,
        member,
        method=method,
        user_agent=request.user_agent.string,
        connection_id=connection_id,
        name_id=name_id or None,
        session_index=session_index or None,
    )
    cookie_state.clear()
    settings = current_app.config["SETTINGS"]

    @after_this_request
    def _set(response: Response) -> Response:
        response.set_cookie(
            cookie_name(),
            secret,
            max_age=int(sessions.ABSOLUTE.total_seconds()),
            secure=settings.https,
            httponly=True,
            samesite="Lax",
            path="/",
        )
        return response


def finish(because: str) -> None:
    """Signs this browser out."""
    if load_member():
        sessions.end(g.ctx, g.session, because)
    cookie_state.clear()

    @after_this_request
    def _clear(response: Response) -> Response:
        response.delete_cookie(
            cookie_name(),
            secure=current_app.config["SETTINGS"].https,
            httponly=True,
            samesite="Lax",
            path="/",
        )
        return response


def _note_seen(session: Session) -> None:
    moment = now()
    if moment - session.seen_at < sessions.SEEN_EVERY:
        return
    reading = request.method in ("GET", "HEAD", "OPTIONS")
    if reading:
        writable()
    db.session.execute(update(Session).where(Session.id == session.id).values(seen_at=moment))
    # Whoever ends this session has the workspace's lock, for which a request that writes waits next.
    db.session.commit()
    if reading:
        read_only()
