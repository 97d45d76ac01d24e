"""Tokens towards SCIM: header tokens that admins make, and how any token is recognized."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.domain import audit, provisioning, scopes
from portal.domain.context import Context, lock, once_id
from portal.domain.errors import Invalid, NotFound, Taken
from portal.domain.texts import called
from portal.models import Token
from portal.vault import digest, new_secret


def make(
    ctx: Context,
    *,
    name: str,
    scope: list[str] | None = None,
    expires_in: timedelta | None = None,
    once: str = "",
) -> tuple[Token, str]:
    """A new header token and its secret, which is shown once; all scopes when none are given.

    Names are free, also one that a live token has: whoever changes a token has two of it for a while, told apart by their ends.
    `once` is a form's own random text: sent again, it makes no second token. Raises Invalid, or Taken for a form sent again.
    """
    name = called(Token, name, "Enter a name, so that you can tell tokens apart.")
    if expires_in is not None and not timedelta(0) < expires_in <= timedelta(days=3650):
        raise Invalid("Choose an expiry from 1 to 3650 days, or none.", field="expires_in_days")
    granted = scopes.check(scope) if scope is not None else scopes.ALL
    if not granted:
        raise Invalid("Choose at least one scope.", field="scopes")
    lock(ctx)
    token_id = once_id(ctx, once)
    if ctx.session.get(Token, token_id) is not None:
        raise Taken("This token was made already. Its secret was shown then, and cannot be shown again.")
    secret = new_secret("wpt")
    token = Token(
        id=token_id,
        workspace_id=ctx.workspace.id,
        kind="header",
        name=name,
        secret_hash=digest(secret),
        last_four=secret[-4:],
        scopes=granted,
        created_by=ctx.actor.id,
        created_by_label=ctx.actor.label,
        created_at=ctx.now,
        expires_at=ctx.now + expires_in if expires_in else None,
    )
    ctx.session.add(token)
    ctx.session.flush()
    provisioning.reach(ctx, "token")
    audit.record(
        ctx,
        "token.created",
        subject(token),
        after={"scopes": granted, "expires_at": _iso(token.expires_at)},
    )
    return token, secret


def connect(ctx: Context, *, name: str, once: str = "", **more: Any) -> tuple[Token, str]:
    """A new token as an admin makes it: where that is the only step, SCIM is switched on with it, if nothing is missing.

    Takes and raises what `make` does.
    """
    made = make(ctx, name=name, once=once, **more)
    if switches_on(ctx):
        provisioning.switch(ctx, True)
    return made


def switches_on(ctx: Context) -> bool:
    """Whether SCIM is off, and a token that an admin makes now switches it on."""
    return ctx.profile.scim.one_step and not ctx.workspace.scim_enabled and not provisioning.missing(ctx)


def first(ctx: Context, name: str) -> tuple[Token, str] | None:
    """The token that comes with switching SCIM on, where that is the only step; None elsewhere, and when there is one already."""
    if not ctx.profile.scim.one_step or header_tokens(ctx):
        return None
    return make(ctx, name=name)


def header_tokens(ctx: Context) -> list[Token]:
    """The workspace's header tokens that were not revoked, the latest first."""
    query = select(Token).where(
        Token.workspace_id == ctx.workspace.id,
        Token.kind == "header",
        Token.revoked_at.is_(None),
    )
    return list(ctx.session.scalars(query.order_by(Token.created_at.desc())))


def get(ctx: Context, token_id: str) -> Token:
    """The workspace's live header token `token_id`; raises NotFound."""
    query = select(Token).where(
        Token.workspace_id == ctx.workspace.id,
        Token.id == token_id,
        Token.kind == "header",
        Token.revoked_at.is_(None),
    )
    token = ctx.session.scalar(query)
    if token is None:
        raise NotFound("There is no such token.")
    return token


def revoke(ctx: Context, token: Token) -> None:
    """Ends a token at once."""
    lock(ctx)
    token.revoked_at = ctx.now
    audit.record(ctx, "token.revoked", subject(token))


def reset(ctx: Context, token: Token) -> tuple[Token, str]:
    """Replaces a token by a new one with the same name, scopes and length of life; nothing else is erased."""
    life = token.expires_at - token.created_at if token.expires_at else None
    revoke(ctx, token)
    return make(ctx, name=token.name, scope=token.scopes, expires_in=life)


def days_left(token: Token, now: datetime) -> int | None:
    """Whole days until the token expires, the day under way counted: 0 when it has expired, None when it never does.

    From 14 days on pages warn.
    """
    if token.expires_at is None:
        return None
    return max(0, -((now - token.expires_at) // timedelta(days=1)))


def subject(token: Token) -> tuple[str, str | None, str]:
    """The token as the subject of an audit entry."""
    return ("token", token.id, f"{token.name} (…{token.last_four})")


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
