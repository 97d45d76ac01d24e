"""A sign-in through an identity provider, from the request to the session: what must happen once happens once.

request (begin, answered by one conditional UPDATE) → assertion (remembered under a unique key) → ticket (redeemed by one
conditional UPDATE). All three hold across processes.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.domain.context import Context
from portal.domain.sign_in import Identity
from portal.models import Connection, RefusedSignIn, SamlRequest, SeenAssertion, Session, SignInTicket
from portal.vault import digest, new_secret

REQUEST_LIFETIME = timedelta(minutes=10)
TICKET_LIFETIME = timedelta(minutes=1)
SKEW = timedelta(minutes=5)
"""How long beyond its end a message is remembered; more than the tolerance for clocks."""


def begin(ctx: Context, connection: Connection, purpose: str, browser: str, *, return_to: str = "/", member_id: str | None = None) -> str:
    """Notes a request that is about to be sent and returns its id.

    `purpose` is sign-in, authorize or logout; `browser` is a cookie's secret.
    """
    request = SamlRequest(
        id=f"id{secrets.token_hex(20)}",
        workspace_id=ctx.workspace.id,
        connection_id=connection.id,
        purpose=purpose,
        member_id=member_id,
        browser_hash=digest(browser),
        return_to=return_to,
        created_at=ctx.now,
        expires_at=ctx.now + REQUEST_LIFETIME,
    )
    ctx.session.add(request)
    return request.id


def waiting(ctx: Context, request_id: str) -> SamlRequest | None:
    """The workspace's request with this id that still waits for its answer; None when unknown, answered or too old."""
    query = select(SamlRequest).where(
        SamlRequest.workspace_id == ctx.workspace.id,
        SamlRequest.id == request_id,
        SamlRequest.used_at.is_(None),
        SamlRequest.expires_at > ctx.now,
    )
    return ctx.session.scalar(query)


def answer(ctx: Context, request: SamlRequest) -> bool:
    """Uses the request up; False when another answer was faster."""
    statement = update(SamlRequest).where(SamlRequest.id == request.id, SamlRequest.used_at.is_(None), SamlRequest.expires_at > ctx.now)
    return ctx.session.execute(statement.values(used_at=ctx.now)).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def remember(ctx: Context, issuer: str, message_id: str, valid_until: datetime) -> bool:
    """Remembers an assertion or a LogoutRequest until it could not be used any more; False when it was used before."""
    seen = SeenAssertion(
        workspace_id=ctx.workspace.id,
        assertion_hash=digest(f"{issuer}\n{message_id}"),
        expires_at=valid_until + SKEW,
    )
    try:
        with ctx.session.begin_nested():
            ctx.session.add(seen)
    except IntegrityError:
        return False
    return True


def make_ticket(
    ctx: Context,
    connection: Connection,
    identity: Identity,
    *,
    request: SamlRequest | None,
    browser_hash: str,
    return_to: str,
) -> str:
    """A ticket's secret, which carries a verified identity from the cross-site POST to the browser's own cookies."""
    secret = new_secret("wpk")
    ctx.session.add(
        SignInTicket(
            ticket_hash=digest(secret),
            workspace_id=ctx.workspace.id,
            connection_id=connection.id,
            purpose=request.purpose if request else "sign-in",
            browser_hash=browser_hash,
            requested_by=request.member_id if request else None,
            identity=asdict(identity),
            return_to=return_to,
            expires_at=ctx.now + TICKET_LIFETIME,
        )
    )
    return secret


def make_logout_ticket(ctx: Context, session: Session) -> str | None:
    """A ticket's secret for ending the session at the identity provider, too; None where it did not come from there."""
    connection = ctx.session.get(Connection, session.connection_id) if session.connection_id else None
    if connection is None or not connection.slo_url or not session.name_id or connection.workspace_id != ctx.workspace.id:
        return None
    secret = new_secret("wpk")
    ctx.session.add(
        SignInTicket(
            ticket_hash=digest(secret),
            workspace_id=ctx.workspace.id,
            connection_id=connection.id,
            purpose="logout",
            identity=asdict(Identity(session.name_id, session_index=session.session_index or "")),
            return_to="/",
            expires_at=ctx.now + REQUEST_LIFETIME,
        )
    )
    return secret


def redeem(ctx: Context, secret: str, *, logout: bool = False) -> SignInTicket | None:
    """Uses a ticket up and returns it, one for logout where that is meant; None when unknown, used or too old."""
    mine = (
        (SignInTicket.purpose == "logout") == logout,
        SignInTicket.ticket_hash == digest(secret),
        SignInTicket.workspace_id == ctx.workspace.id,
        SignInTicket.used_at.is_(None),
        SignInTicket.expires_at > ctx.now,
    )
    if ctx.session.execute(update(SignInTicket).where(*mine).values(used_at=ctx.now)).rowcount != 1:  # type: ignore[attr-defined]
        return None
    return ctx.session.get(SignInTicket, digest(secret), populate_existing=True)


def identity_of(ticket: SignInTicket) -> Identity:
    """The identity that a ticket carries."""
    return Identity(**ticket.identity)


def note_refusal(
    ctx: Context, reason: str, details: dict[str, str], *, connection_id: str | None = None, subject: str = ""
) -> RefusedSignIn:
    """Records a refused sign-in for the troubleshooting page."""
    refused = RefusedSignIn(
        workspace_id=ctx.workspace.id,
        connection_id=connection_id,
        at=ctx.now,
        reason=reason,
        subject=subject[:400],
        details=details,
        ip=ctx.actor.ip,
        request_id=ctx.actor.request_id,
    )
    ctx.session.add(refused)
    return refused


def refusals(ctx: Context, *, limit: int = 50, connection_id: str | None = None) -> list[RefusedSignIn]:
    """The workspace's refused sign-ins, the latest first; those through one connection when it is named."""
    query = select(RefusedSignIn).where(RefusedSignIn.workspace_id == ctx.workspace.id)
    if connection_id is not None:
        query = query.where(RefusedSignIn.connection_id == connection_id)
    return list(ctx.session.scalars(query.order_by(RefusedSignIn.at.desc(), RefusedSignIn.id).limit(limit)))
