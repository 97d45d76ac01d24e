"""OAuth clients: catalog clients of the operator, and those a workspace registers for its custom Okta app."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session as Database

from portal.domain import audit, scopes
from portal.domain.context import Context, lock, once_id
from portal.domain.errors import Invalid, NotFound, Stale, Taken
from portal.domain.texts import called, storable
from portal.models import Consent, OAuthClient
from portal.vault import digest, new_secret, same

# https://developer.okta.com/docs/guides/scim-provisioning-integration-prepare/main/ lists these five.
OKTA_CALLBACKS = (
    "https://system-admin.okta.com/admin/app/cpc/{app}/oauth/callback",
    "https://system-admin.okta-emea.com/admin/app/cpc/{app}/oauth/callback",
    "https://system-admin.oktapreview.com/admin/app/cpc/{app}/oauth/callback",
    "https://system-admin.trexcloud.com/admin/app/cpc/{app}/oauth/callback",
    "http://system-admin.okta1.com:1802/admin/app/cpc/{app}/oauth/callback",
)
_APP = re.compile(r"[A-Za-z0-9_.-]{1,200}")
# Compared with when there is no such client, so that an unknown client id takes as long as a wrong secret.
_DECOY = digest("")


def callbacks(okta_app: str) -> list[str]:
    """The five redirect URIs Okta uses for the app called `okta_app`; raises Invalid."""
    if not _APP.fullmatch(okta_app) or okta_app in (".", ".."):
        raise Invalid(
            "The Okta app name has letters, digits, dots, hyphens and underscores, like acme_portal_1.",
            field="okta_app",
        )
    return [pattern.format(app=okta_app) for pattern in OKTA_CALLBACKS]


def check_redirect_uri(uri: str) -> str:
    """`uri` if it is absolute, http or https, without fragment; raises Invalid (RFC 6749 §3.1.2)."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname or "#" in uri or any(ord(char) < 33 for char in uri) or len(uri) > 2048:
        raise Invalid(
            f"“{uri[:200]}” is not a redirect URI: give an absolute https address without a fragment.",
            field="redirect_uri",
        )
    return uri


def _new(name: str, okta_app: str, redirect_uris: list[str], now: datetime) -> tuple[OAuthClient, str]:
    name = called(OAuthClient, name, "Enter a name: the consent page shows who asks.")
    secret = new_secret("wpcs")
    client = OAuthClient(
        client_id=new_secret("wpc", 18),
        secret_hash=digest(secret),
        name=name,
        okta_app=okta_app,
        redirect_uris=callbacks(okta_app) + [check_redirect_uri(uri) for uri in redirect_uris],
        scopes=list(scopes.ALL),
        created_at=now,
    )
    return client, secret


def register_catalog(database: Database, *, name: str, okta_app: str, redirect_uris: list[str]) -> tuple[OAuthClient, str]:
    """A client for every workspace and its secret, shown once; raises Invalid."""
    client, secret = _new(name, okta_app, redirect_uris, datetime.now(UTC))
    database.add(client)
    database.flush()
    return client, secret


def register(ctx: Context, *, name: str, okta_app: str, once: str = "") -> tuple[OAuthClient, str]:
    """A client of this workspace for its custom Okta app and its secret, shown once.

    `once` is a form's own random text. Raises Invalid, or Taken for a form sent again.
    """
    client, secret = _new(name, okta_app.strip(), [], ctx.now)
    client.id, client.workspace_id, client.created_by = once_id(ctx, once), ctx.workspace.id, ctx.actor.id
    lock(ctx)
    if ctx.session.get(OAuthClient, client.id) is not None:
        raise Taken("This client was registered already. Its secret was shown then, and cannot be shown again.")
    ctx.session.add(client)
    ctx.session.flush()
    audit.record(ctx, "client.registered", subject(client), after={"okta_app": okta_app})
    return client, secret


def own(ctx: Context) -> list[OAuthClient]:
    """The clients that the workspace registered and did not remove, the latest first."""
    query = select(OAuthClient).where(OAuthClient.workspace_id == ctx.workspace.id, OAuthClient.revoked_at.is_(None))
    return list(ctx.session.scalars(query.order_by(OAuthClient.created_at.desc())))


def get_own(ctx: Context, client_row_id: str) -> OAuthClient:
    """A client that this workspace registered; raises NotFound."""
    query = select(OAuthClient).where(OAuthClient.workspace_id == ctx.workspace.id, OAuthClient.id == client_row_id)
    client = ctx.session.scalar(query.where(OAuthClient.revoked_at.is_(None)))
    if client is None:
        raise NotFound("There is no such client.")
    return client


def version(client: OAuthClient) -> str:
    """A text that changes with the client's secret and tells nothing of it."""
    return digest(client.secret_hash)[:16]


def reset_secret(ctx: Context, client: OAuthClient, of: str) -> str:
    """A new secret, shown once; the old one stops working at once, tokens that were given stay good.

    `of` is the version of the secret that was meant; raises Stale when it was reset since.
    """
    lock(ctx)
    if of != version(client):
        raise Stale("The secret was reset already. It was shown then, and cannot be shown again.")
    secret = new_secret("wpcs")
    client.secret_hash = digest(secret)
    audit.record(ctx, "client.secret-reset", subject(client))
    return secret


def remove(ctx: Context, client: OAuthClient) -> None:
    """Removes a client of this workspace and ends what it was connected to, at once."""
    lock(ctx)
    client.revoked_at = ctx.now
    live = update(Consent).where(Consent.client_id == client.id, Consent.revoked_at.is_(None))
    ctx.session.execute(live.values(revoked_at=ctx.now, revoked_because="client-removed"))
    audit.record(ctx, "client.removed", subject(client))


def by_client_id(database: Database, client_id: str) -> OAuthClient | None:
    """The live client with this `client_id`, or None."""
    if not storable(client_id):
        return None
    return database.scalar(select(OAuthClient).where(OAuthClient.client_id == client_id, OAuthClient.revoked_at.is_(None)))


def authenticate(database: Database, client_id: str, secret: str) -> OAuthClient | None:
    """The live client with this id and secret, or None; compares in constant time."""
    client = by_client_id(database, client_id)
    fits = same(digest(secret), client.secret_hash if client else _DECOY)
    return client if client is not None and fits else None


def subject(client: OAuthClient) -> tuple[str, str | None, str]:
    """The client as the subject of an audit entry."""
    return ("client", client.id, client.name)
