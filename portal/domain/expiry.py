"""Warnings, mailed to a workspace's owners once each, of what is about to end: tokens and certificates."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.domain import certificates, keys, outbox, workspaces
from portal.domain.context import Context, lock
from portal.models import Token

TOKENS = timedelta(days=14)
CERTIFICATES = timedelta(days=30)
PAST = timedelta(days=7)
"""How long after the end a warning that was missed is still given."""


def warn(ctx: Context) -> int:
    """Writes the warnings that are due and were not given; returns how many mails that makes."""
    lock(ctx)
    return sum(_token(ctx, token) for token in _ending(ctx)) + _providers(ctx) + _own(ctx)


def _token(ctx: Context, token: Token) -> int:
    if token.expires_at is None:
        return 0
    facts = {"token": token.name, "path": "/integrations", **_end(ctx, token.expires_at)}
    return outbox.to_owners(ctx, "token-expiry", facts, once=f"token-expiry:{token.id}")


def _ending(ctx: Context) -> list[Token]:
    query = select(Token).where(Token.workspace_id == ctx.workspace.id, Token.kind == "header", Token.revoked_at.is_(None))
    return list(ctx.session.scalars(query.where(Token.expires_at > ctx.now - PAST, Token.expires_at <= ctx.now + TOKENS)))


def _providers(ctx: Context) -> int:
    """Each connection by the certificate that ends last: an older one beside it is no loss."""
    count = 0
    for connection in workspaces.active_connections(ctx):
        ends = max(certificates.ends(pem) for pem in connection.certificates)
        if ctx.now - PAST < ends <= ctx.now + CERTIFICATES:
            facts = {"own": False, "connection": connection.name, "path": "/settings/sso#connections", **_end(ctx, ends)}
            count += outbox.to_owners(ctx, "certificate-expiry", facts, once=f"certificate-expiry:{connection.id}:{ends:%Y%m%d}")
    return count


def _own(ctx: Context) -> int:
    """The portal's key that signs, unless a newer one waits to be used."""
    found = keys.published(ctx)
    if len(found) != 1 or not ctx.now - PAST < found[0].expires_at <= ctx.now + CERTIFICATES:
        return 0
    facts = {"own": True, "path": "/settings/sso#certificates", **_end(ctx, found[0].expires_at)}
    return outbox.to_owners(ctx, "certificate-expiry", facts, once=f"certificate-expiry:{found[0].id}")


def _end(ctx: Context, moment: datetime) -> dict[str, object]:
    return {"on": outbox.day(moment), "past": moment <= ctx.now}
