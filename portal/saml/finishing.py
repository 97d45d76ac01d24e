"""From a redeemed ticket to a session, or to an active connection."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, g, url_for

from portal.domain import members, sign_in, sso, sso_attempts
from portal.domain.actors import Actor
from portal.domain.context import lock
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission, permissions_of
from portal.models import Connection, Member, SignInTicket
from portal.saml import browser
from portal.saml.refused import Refused
from portal.web import session
from portal.web.guards import local_path
from portal.web.session import load_member


def redeem(secret: str) -> SignInTicket:
    """The ticket of this browser, used up, under the workspace's lock; raises Refused."""
    lock(g.ctx)
    ticket = sso_attempts.redeem(g.ctx, secret)
    if ticket is None:
        raise Refused("ticket-expired")
    if not browser.is_the_same(ticket.browser_hash):
        raise Refused("browser-mismatch")
    return ticket


def finish(ticket: SignInTicket) -> str:
    """Signs the person in, and makes a candidate active where that was the purpose; returns where to go. Raises Refused."""
    connection = g.ctx.session.get(Connection, ticket.connection_id)
    if connection.state == "retired":  # since the response arrived
        raise Refused("connection-replaced")
    member = _activate(ticket, connection) if ticket.purpose == "authorize" else _member(ticket)
    identity = sso_attempts.identity_of(ticket)
    session.begin(member, method="sso", connection_id=connection.id, name_id=identity.name_id, session_index=identity.session_index)
    g.ctx.actor = Actor.member(member, g.ctx.actor.ip, g.ctx.actor.request_id)
    sign_in.note(g.ctx, member, "sso")
    if ticket.purpose != "authorize":
        return local_path(ticket.return_to)
    flash(f"{connection.name} is connected. Members can sign in with it now.", "success")
    return url_for("sso.index")


def _member(ticket: SignInTicket) -> Member:
    identity = sso_attempts.identity_of(ticket)
    ctx = g.ctx.by(replace(g.ctx.actor, kind="system", id=None, label="Sign-in with SAML"))
    try:
        return sign_in.with_identity(ctx, identity)
    except sign_in.SignInRefused as error:
        raise Refused(error.code, said=identity.name_id, sentence=error.message) from error


def _activate(ticket: SignInTicket, connection: Connection) -> Member:
    admin = load_member()
    if admin is None or admin.id != ticket.requested_by or not session.still_signed_in():
        raise Refused("authorize-signed-out")
    identity = sso_attempts.identity_of(ticket)
    found = [members.by_login(g.ctx, login) for login in (identity.name_id, identity.email) if login]
    if next((item for item in found if item is not None), None) is not admin:
        raise Refused("authorize-other-person", said=identity.name_id, expected=admin.user_name)
    if Permission.MANAGE_SSO not in permissions_of(admin, g.ctx.profile):
        raise Refused("authorize-signed-out")
    try:
        sso.activate(g.ctx, connection)
    except DomainError as error:
        raise Refused("connection-replaced") from error
    return admin
