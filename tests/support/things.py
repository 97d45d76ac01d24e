"""One of everything that has an id, made in any workspace: what tests need to ask with ids of their own, of others and of nobody."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from portal.domain import clients, groups, keys, links, members, recovery, roles, sessions, sso, sso_attempts, tokens
from portal.domain.context import Context
from portal.domain.sign_in import Identity
from portal.extensions import db
from portal.models import Base, Consent, MassDeactivation, Member, ProvisioningEvent, Session
from portal.vault import digest
from tests import factories
from tests.support.idp import IdentityProvider

Ids = dict[str, str]


def member(ctx: Context) -> Ids:
    """A member."""
    name = f"m{uuid4().hex[:12]}@{ctx.workspace.slug}.example"
    return {"member_id": members.create(ctx, {"user_name": name, "email": name}, source="manual").id}


def session_of_member(ctx: Context) -> Ids:
    """A member, and a browser that it is signed in on."""
    made = member(ctx)
    return made | {"session_id": _session(ctx, ctx.session.get_one(Member, made["member_id"]))}


def session_of_owner(ctx: Context) -> Ids:
    """A browser of the workspace's owner."""
    return {"session_id": _session(ctx, recovery.owner(ctx, None))}


def group(ctx: Context) -> Ids:
    """A group made by hand."""
    return {"group_id": groups.create(ctx, {"display_name": f"Group {uuid4()}"}).id}


def role(ctx: Context) -> Ids:
    """A custom role."""
    made = roles.create_custom(ctx, name=f"Role {uuid4()}", base_role=ctx.profile.default_role, restricted_apps=[])
    return {"role_id": made.id}


def token(ctx: Context) -> Ids:
    """A header token."""
    return {"token_id": tokens.make(ctx, name="Okta")[0].id}


def client(ctx: Context) -> Ids:
    """An OAuth client that the workspace registered."""
    return {"client_id": clients.register(ctx, name="Okta", okta_app="app_1")[0].id}


def consent(ctx: Context) -> Ids:
    """A consent to such a client."""
    owner = recovery.owner(ctx, None)
    row = Consent(workspace_id=ctx.workspace.id, client_id=client(ctx)["client_id"], member_id=owner.id, member_label="Owner", scopes=[],
                  created_at=ctx.now)  # fmt: skip
    ctx.session.add(row)
    ctx.session.flush()
    return {"consent_id": row.id}


def event(ctx: Context) -> Ids:
    """An entry of the provisioning log."""
    row = ProvisioningEvent(
        workspace_id=ctx.workspace.id, at=ctx.now, method="POST", path="/Users", operation="create", succeeded=True, status=201
    )
    ctx.session.add(row)
    ctx.session.flush()
    return {"event_id": row.id}


def mass_deactivation(ctx: Context) -> Ids:
    """A mass deactivation that waits for a decision and holds further ones."""
    row = MassDeactivation(workspace_id=ctx.workspace.id, began_at=ctx.now, last_at=ctx.now, held_at=ctx.now, token_name="Okta")
    row.deactivated, row.active_before = 12, 40
    ctx.session.add(row)
    ctx.session.flush()
    return {"mass_id": row.id}


def connection(ctx: Context) -> Ids:
    """An active connection, the only one."""
    idp = IdentityProvider(f"http://www.okta.com/{uuid4().hex}")
    idp.slo_url = "https://okta.example/slo"
    made = sso.save_candidate(ctx, sso.Provider(idp.issuer, idp.sso_url, [idp.key.certificate], idp.slo_url), sso.Choices())
    sso.activate(ctx, made)
    return {"connection_id": made.id}


def invitation(ctx: Context) -> Ids:
    """A one-time link that sets a password."""
    return {"secret": links.make(ctx, ctx.session.get_one(Member, member(ctx)["member_id"]), "invitation")}


def recovery_link(ctx: Context) -> Ids:
    """The operator's link for an owner."""
    return {"secret": links.make(ctx, recovery.owner(ctx, None), "recovery")}


def ticket(ctx: Context, *, logout: bool = False) -> str:
    """A ticket between identity provider and session."""
    row = sso.get(ctx, connection(ctx)["connection_id"])
    if not logout:
        return sso_attempts.make_ticket(ctx, row, Identity("x"), request=None, browser_hash=digest("browser"), return_to="/")
    found = ctx.session.get_one(Session, session_of_owner(ctx)["session_id"])
    found.connection_id, found.name_id = row.id, "x"
    return str(sso_attempts.make_logout_ticket(ctx, found))


def own_key(app: Flask) -> Callable[[Context], Ids]:
    """A maker of the workspace's own SAML certificate."""
    return lambda ctx: {"key_id": keys.ensure(ctx, app.config["VAULT"]).id}


def make(app: Flask, slug: str, maker: Callable[[Context], Ids]) -> Ids:
    """What a maker makes in a workspace."""
    with factories.inside(app, slug) as ctx:
        return maker(ctx)


def unknown(name: str) -> str:
    """An id, or a link's secret, that nobody has."""
    return f"wpl_{secrets.token_urlsafe(32)}" if name == "secret" else str(uuid4())


def rows_of(app: Flask, slug: str) -> dict[str, list[str]]:
    """Every row of a workspace as text, by table."""
    with factories.inside(app, slug) as ctx:
        tables = [table for table in Base.metadata.sorted_tables if "workspace_id" in table.c]
        query = {table.name: select(table).where(table.c.workspace_id == ctx.workspace.id) for table in tables}
        return {name: sorted(str(row) for row in db.session.execute(found)) for name, found in query.items()}


def _session(ctx: Context, person: Member) -> str:
    secret = sessions.start(ctx, person, method="password")
    ctx.session.flush()
    return ctx.session.scalars(select(Session.id).where(Session.secret_hash == digest(secret))).one()
