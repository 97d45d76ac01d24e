"""Connections to identity providers: saved as candidate, made active by signing in through them; and whether SSO is required."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import select

from portal.domain import audit, certificates, provisioning, sessions, workspaces
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, NotAllowed, NotFound, Unavailable
from portal.domain.texts import checked, visible
from portal.models import Connection

MODES = ("off", "optional", "required")
MOST_ACTIVE = 2
"""An old and a new identity provider side by side, so that a move needs no downtime."""


@dataclass(frozen=True)
class Provider:
    """What an identity provider says about itself; certificates are PEM texts, any of which may sign."""

    issuer: str
    sso_url: str
    certificates: list[str]
    slo_url: str = ""
    signs_requests: bool = False


@dataclass(frozen=True)
class Choices:
    """What the admin decides about a connection; `beside` keeps the present connection active as a second one."""

    name: str = "Okta"
    metadata_url: str = ""
    allow_idp_initiated: bool = True
    allow_sha1: bool = False
    sign_requests: bool = False
    beside: bool = field(default=False)


def allowed(ctx: Context) -> bool:
    """Whether the workspace's plan includes single sign-on."""
    plan = ctx.profile.plan(ctx.workspace.plan)
    return plan is not None and plan.sso


def mode(ctx: Context) -> str:
    """Off, optional or required as it counts now: off while the plan does not include single sign-on."""
    return ctx.workspace.sso if allowed(ctx) else "off"


def require_allowed(ctx: Context) -> None:
    """Raises Unavailable with the plans that include single sign-on."""
    if not allowed(ctx):
        including = " or ".join(plan.name for plan in ctx.profile.plans if plan.sso)
        raise Unavailable(f"The plan of this workspace does not include single sign-on. Move it to {including}.")


def get(ctx: Context, connection_id: str) -> Connection:
    """The workspace's connection `connection_id` that is candidate or active; raises NotFound."""
    query = select(Connection).where(
        Connection.workspace_id == ctx.workspace.id,
        Connection.id == connection_id,
        Connection.state != "retired",
    )
    connection = ctx.session.scalar(query)
    if connection is None:
        raise NotFound("There is no such connection.")
    return connection


def candidate(ctx: Context) -> Connection | None:
    """The connection that waits for the admin who saved it to sign in through it."""
    query = select(Connection).where(Connection.workspace_id == ctx.workspace.id, Connection.state == "candidate")
    return ctx.session.scalar(query.order_by(Connection.created_at.desc()))


def save_candidate(ctx: Context, provider: Provider, choices: Choices) -> Connection:
    """Stores a configuration to be tried; the active one goes on. Raises Invalid or Unavailable."""
    require_allowed(ctx)
    check(provider)
    lock(ctx)
    for earlier in _in_state(ctx, "candidate"):
        earlier.state, earlier.retired_at = "retired", ctx.now
    connection = Connection(
        workspace_id=ctx.workspace.id,
        state="candidate",
        name=checked(Connection, "name", choices.name.strip() if visible(choices.name) else "Okta", "The name"),
        issuer=provider.issuer,
        sso_url=provider.sso_url,
        slo_url=provider.slo_url or None,
        certificates=provider.certificates,
        metadata_url=checked(Connection, "metadata_url", choices.metadata_url, "The metadata URL") or None,
        allow_idp_initiated=choices.allow_idp_initiated,
        allow_sha1=choices.allow_sha1,
        sign_requests=choices.sign_requests or provider.signs_requests,
        beside=choices.beside,
        created_by=ctx.actor.id,
        created_at=ctx.now,
    )
    ctx.session.add(connection)
    ctx.session.flush()
    provisioning.reach(ctx, "metadata")
    audit.record(ctx, "sso.connection-saved", subject(connection), after=snapshot(connection))
    return connection


def activate(ctx: Context, connection: Connection) -> None:
    """Makes a candidate active, and SSO optional where it was off; the other connections retire unless it was to stand beside one."""
    lock(ctx)
    if connection.state != "candidate":
        raise Unavailable("The connection was replaced meanwhile. Save it again.")
    others = _in_state(ctx, "active")
    keep = others[-(MOST_ACTIVE - 1) :] if connection.beside else []
    for other in others:
        if other not in keep:
            _retire(ctx, other)
    connection.state, connection.activated_at = "active", ctx.now
    provisioning.reach(ctx, "sign-in")
    audit.record(ctx, "sso.connection-activated", subject(connection), after=snapshot(connection))
    if ctx.workspace.sso == "off":
        _set_mode(ctx, "optional")


def discard(ctx: Context, connection: Connection) -> None:
    """Takes back a candidate."""
    lock(ctx)
    if connection.state == "candidate":
        _retire(ctx, connection)


def retire(ctx: Context, connection: Connection) -> None:
    """Ends an active connection; raises Unavailable for the last one while SSO is required."""
    lock(ctx)
    if [item.id for item in _in_state(ctx, "active")] == [connection.id]:
        if ctx.workspace.sso == "required":
            raise Unavailable("This is the only connection, and everybody must sign in through it. Make single sign-on optional first.")
        _set_mode(ctx, "off")
    _retire(ctx, connection)


def refresh(ctx: Context, connection: Connection, provider: Provider) -> bool:
    """Takes over certificates and URLs from metadata that was fetched again, and says whether anything changed.

    Raises Invalid when the metadata is of another identity provider, or the connection was ended while it was fetched.
    """
    check(provider)
    if provider.issuer != connection.issuer:
        raise Invalid(f"The metadata now names the issuer “{provider.issuer}”. Save it as a new connection.", field="metadata_url")
    lock(ctx)
    if connection.state == "retired":
        raise Invalid("The connection was ended meanwhile.")
    before = snapshot(connection)
    connection.sso_url, connection.slo_url = provider.sso_url, provider.slo_url or None
    connection.certificates = provider.certificates
    after = snapshot(connection)
    if before != after:
        audit.record(ctx, "sso.connection-refreshed", subject(connection), before=before, after=after)
    return before != after


def set_options(ctx: Context, connection: Connection, *, allow_idp_initiated: bool, allow_sha1: bool, sign_requests: bool) -> None:
    """Changes what a connection allows."""
    lock(ctx)
    before = snapshot(connection)
    connection.allow_idp_initiated, connection.allow_sha1, connection.sign_requests = allow_idp_initiated, allow_sha1, sign_requests
    if before != snapshot(connection):
        audit.record(ctx, "sso.connection-changed", subject(connection), before=before, after=snapshot(connection))


def set_mode(ctx: Context, wanted: str, *, signed_in_by_sso: bool) -> None:
    """Makes SSO off, optional or required; raises Invalid, Unavailable without a connection, or NotAllowed.

    Required can only be set by somebody who is signed in through SSO, and ends the password sessions of everybody it binds.
    """
    if wanted not in MODES:
        raise Invalid("Choose off, optional or required.", field="mode")
    lock(ctx)
    if wanted != "off":
        require_allowed(ctx)
        if not workspaces.has_active_connection(ctx):
            raise Unavailable("There is no active connection yet. Save one and authorize it first.")
    if wanted == "required" and not signed_in_by_sso:
        raise NotAllowed("Sign out, and sign in again with Okta: whoever requires single sign-on must have come in through it.")
    _set_mode(ctx, wanted)
    if wanted == "required":
        sessions.end_password_sessions(ctx)


def check(provider: Provider) -> None:
    """Raises Invalid unless issuer, URLs and certificates can be used."""
    checked(Connection, "issuer", provider.issuer, "The issuer")
    if not provider.issuer.strip():
        raise Invalid("Enter the issuer, as Okta shows it.", field="issuer")
    for name, label, value in (("sso_url", "single sign-on URL", provider.sso_url), ("slo_url", "logout URL", provider.slo_url)):
        if value or name == "sso_url":
            checked(Connection, name, value, f"The {label}")
            _check_url(name, label, value)
    if not provider.certificates:
        raise Invalid("Paste Okta's signing certificate.", field="certificate")
    for pem in provider.certificates:
        certificates.ends(pem)


def subject(connection: Connection) -> tuple[str, str | None, str]:
    """The connection as the subject of an audit entry."""
    return ("connection", connection.id, f"{connection.name} ({connection.issuer})"[:400])


def snapshot(connection: Connection) -> dict[str, object]:
    """The connection's audited fields; certificates by fingerprint."""
    names = ("name", "issuer", "sso_url", "slo_url", "metadata_url", "allow_idp_initiated", "allow_sha1", "sign_requests", "beside")
    values: dict[str, object] = {name: getattr(connection, name) for name in names}
    values["certificates"] = [certificates.fingerprint(pem) for pem in connection.certificates]
    return values


def _check_url(name: str, label: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or any(ord(char) <= 32 or ord(char) == 127 for char in value):
        raise Invalid(f"The {label} “{value[:200]}” is not a web address that begins with https:// or http://.", field=name)


def _in_state(ctx: Context, state: str) -> list[Connection]:
    query = select(Connection).where(Connection.workspace_id == ctx.workspace.id, Connection.state == state)
    return list(ctx.session.scalars(query.order_by(Connection.activated_at, Connection.created_at)))


def _retire(ctx: Context, connection: Connection) -> None:
    connection.state, connection.retired_at = "retired", ctx.now
    audit.record(ctx, "sso.connection-retired", subject(connection))


def _set_mode(ctx: Context, wanted: str) -> None:
    before, ctx.workspace.sso = ctx.workspace.sso, wanted
    if before != wanted:
        audit.record(ctx, "sso.mode-changed", workspaces.subject(ctx.workspace), before={"sso": before}, after={"sso": wanted})
