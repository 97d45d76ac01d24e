"""The workspace's own keys towards its identity providers: one signs, all open; a change overlaps.

The oldest key that was not retired signs. A newer one waits, published and able to open, until the admin has put its certificate
into Okta and says so; the older one is retired then and opens for another week.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select

from portal.domain import audit, certificates
from portal.domain.context import Context, lock
from portal.domain.errors import Unavailable
from portal.models import SamlKey
from portal.vault import Vault

LIFETIME = timedelta(days=3650)
OVERLAP = timedelta(days=7)


def usable(ctx: Context) -> list[SamlKey]:
    """The keys that may open an assertion, the oldest first: those not retired, or retired within the last week."""
    query = select(SamlKey).where(
        SamlKey.workspace_id == ctx.workspace.id,
        or_(SamlKey.retired_at.is_(None), SamlKey.retired_at > ctx.now - OVERLAP),
    )
    return list(ctx.session.scalars(query.order_by(SamlKey.created_at, SamlKey.id)))


def published(ctx: Context) -> list[SamlKey]:
    """The keys that were not retired: the signing one, and perhaps the one that waits."""
    return [key for key in usable(ctx) if key.retired_at is None]


def ensure(ctx: Context, vault: Vault) -> SamlKey:
    """The signing key, made now when the workspace has none."""
    if not published(ctx):
        lock(ctx)
    return next(iter(published(ctx)), None) or _make(ctx, vault)


def signing_key(ctx: Context, vault: Vault) -> str:
    """The private key that signs, as PEM, made now when the workspace has none; raises UndecryptableError."""
    return vault.decrypt(ensure(ctx, vault).private_key).decode()


def private_keys(ctx: Context, vault: Vault) -> list[str]:
    """The usable private keys as PEM; raises UndecryptableError."""
    return [vault.decrypt(key.private_key).decode() for key in usable(ctx)]


def rotate(ctx: Context, vault: Vault) -> SamlKey:
    """Makes the next key, which waits; raises Unavailable when one waits already."""
    lock(ctx)
    ensure(ctx, vault)
    if len(published(ctx)) > 1:
        raise Unavailable("A new certificate waits already. Put it into Okta and use it, before you make another.")
    key = _make(ctx, vault)
    audit.record(ctx, "sso.certificate-made", _subject(key))
    return key


def switch(ctx: Context) -> SamlKey:
    """Signs with the key that waits, and retires the one that signed; raises Unavailable when none waits."""
    lock(ctx)
    keys = published(ctx)
    if len(keys) < 2:
        raise Unavailable("No new certificate waits. Make one first.")
    keys[0].retired_at = ctx.now
    audit.record(ctx, "sso.certificate-switched", _subject(keys[1]))
    return keys[1]


def _make(ctx: Context, vault: Vault) -> SamlKey:
    certificate, private = certificates.make(f"{ctx.workspace.slug} {ctx.profile.product}", ctx.now, LIFETIME)
    key = SamlKey(
        workspace_id=ctx.workspace.id,
        certificate=certificate,
        private_key=vault.encrypt(private),
        created_at=ctx.now,
        expires_at=ctx.now + LIFETIME,
    )
    ctx.session.add(key)
    ctx.session.flush()
    return key


def _subject(key: SamlKey) -> tuple[str, str | None, str]:
    return ("saml-key", key.id, certificates.fingerprint(key.certificate)[:23])
