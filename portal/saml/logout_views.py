"""Single logout, both ways: from here to the identity provider, and from there to here."""

from __future__ import annotations

import secrets
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for

from portal.domain import audit, keys, sessions, sso_attempts, workspaces
from portal.domain.context import lock
from portal.domain.refusals import reason
from portal.extensions import limiter, writable
from portal.models import Connection
from portal.saml import exchange, messages
from portal.saml import logout as protocol
from portal.saml import redirect as binding
from portal.saml.refused import Refused
from portal.saml.views import blueprint
from portal.saml.xml import Element
from portal.web import service_provider
from portal.web.guards import public
from portal.web.tenancy import WORKSPACE, client_ip
from portal.web.transactions import after_refusal


@blueprint.get("/sso/logout")
@public(WORKSPACE)
def logout() -> Any:
    """Says that the session here has ended, and offers to end the one at the identity provider."""
    return render_template("sso/signed_out.html", ticket=request.args.get("ticket", "")[:200])


@blueprint.get("/sso/logout/everywhere")
@public(WORKSPACE)
@limiter.limit("60 per minute", key_func=client_ip)
def logout_everywhere() -> Any:
    """Sends the browser to the identity provider with a signed LogoutRequest."""
    writable()
    key = _signing_key()  # first: making one takes the workspace's lock
    ticket = sso_attempts.redeem(g.ctx, request.args.get("ticket", "")[:200], logout=True)
    connection = g.ctx.session.get(Connection, ticket.connection_id) if ticket else None
    if ticket is None or connection is None or not connection.slo_url:
        return redirect(url_for("sign_in.sign_in"), 303)
    identity = sso_attempts.identity_of(ticket)
    request_id = sso_attempts.begin(g.ctx, connection, "logout", "")
    message = messages.logout_request(
        request_id,
        g.ctx.now,
        entity_id=service_provider.entity_id(g.workspace),
        destination=connection.slo_url,
        name_id=identity.name_id,
        session_index=identity.session_index,
    )
    return redirect(binding.location(connection.slo_url, "SAMLRequest", message, key=key), 303)


@public(WORKSPACE)
@limiter.limit("600 per minute", key_func=client_ip)
def slo() -> Any:
    """Takes a LogoutRequest or a LogoutResponse, by either binding."""
    writable()
    try:
        if "SAMLRequest" in request.values:
            return _requested()
        return _answered()
    except Refused as error:
        code, details = error.code, error.details
        after_refusal(lambda: _note(code, details))
        return render_template("sso/logout_refused.html", error=error), 400 if reason(code).malformed else 403


def _requested() -> Any:
    """Ends the sessions that a genuine LogoutRequest names, and answers it."""
    message, connection = _read("LogoutRequest", "SAMLRequest")
    content = protocol.verify(message, connection, service_provider.slo_url(g.workspace), g.ctx.now, signed_query=_query_signed(connection))
    _end(content, connection)
    if not connection.slo_url:
        return redirect(url_for("sign_in.sign_in"), 303)
    answer = messages.logout_response(
        f"id{secrets.token_hex(20)}",
        g.ctx.now,
        entity_id=service_provider.entity_id(g.workspace),
        destination=connection.slo_url,
        in_response_to=message.message_id,
    )
    relay_state = request.values.get("RelayState", "")[:500]
    return redirect(binding.location(connection.slo_url, "SAMLResponse", answer, relay_state, key=_signing_key()), 303)


def _end(content: Element, connection: Connection) -> None:
    """Ends what a verified LogoutRequest names, once: a repeated one, by a browser or a thief, is answered but ends no later session."""
    name_id, indexes = protocol.named(content)
    lock(g.ctx)
    if not sso_attempts.remember(g.ctx, connection.issuer, f"logout {content.get('ID')}", protocol.taken_until(content)):
        return
    ended = sessions.end_at_provider(g.ctx, connection.id, name_id, indexes, "signed-out-at-provider")
    if ended:
        audit.record(g.ctx, "sign-out.sso", ("connection", connection.id, f"{name_id} ({ended} sessions)"))


def _answered() -> Any:
    """Tells whether the identity provider ended every session, as a genuine LogoutResponse says."""
    message, connection = _read("LogoutResponse", "SAMLResponse")
    content = protocol.verify(message, connection, service_provider.slo_url(g.workspace), g.ctx.now, signed_query=_query_signed(connection))
    asked = sso_attempts.waiting(g.ctx, message.in_response_to)
    if asked is None or asked.purpose != "logout" or asked.connection_id != connection.id or not sso_attempts.answer(g.ctx, asked):
        raise Refused("request-unknown", said=message.in_response_to)
    if not protocol.succeeded(content):
        raise Refused("logout-incomplete")
    flash("You are signed out here and at Okta.", "success")
    return redirect(url_for("sign_in.sign_in"), 303)


def _read(name: str, field: str) -> tuple[protocol.Message, Connection]:
    encoded = request.values.get(field, "")
    if not encoded:
        raise Refused("not-a-logout")
    content = binding.inflate(encoded) if request.method == "GET" else exchange.decode(encoded)
    message = protocol.read(content, name)
    for connection in workspaces.active_connections(g.ctx):
        if connection.issuer == message.issuer:
            return message, connection
    raise Refused("issuer-wrong", said=message.issuer)


def _query_signed(connection: Connection) -> bool:
    """Checks the query's signature where the message came in a query; a POST carries its signature inside."""
    if request.method != "GET":
        return False
    raw = request.query_string.decode("ascii", "replace")
    binding.check(raw, connection.certificates, allow_sha1=connection.allow_sha1)
    return True


def _signing_key() -> str:
    return keys.signing_key(g.ctx, current_app.config["VAULT"])


def _note(code: str, details: dict[str, str]) -> None:
    sso_attempts.note_refusal(g.ctx, code, details, subject="Single logout")
