"""Sending a browser to an identity provider."""

from __future__ import annotations

from flask import current_app, g

from portal.domain import keys, sso_attempts
from portal.models import Connection
from portal.saml import browser, messages, redirect
from portal.web import service_provider


def send(connection: Connection, purpose: str, return_to: str) -> str:
    """The URL at the identity provider to send this browser to; `purpose` is sign-in or authorize.

    The way back is kept here under the request's id, which is the RelayState, too: so an answer that hides which request it
    answers is still recognized as one.
    """
    ctx = g.ctx
    key = keys.signing_key(ctx, current_app.config["VAULT"]) if connection.sign_requests else ""
    request_id = sso_attempts.begin(
        ctx,
        connection,
        purpose,
        browser.secret(browser.STARTED),
        return_to=return_to,
        member_id=g.member.id if g.get("member") else None,
    )
    message = messages.authn_request(
        request_id,
        ctx.now,
        entity_id=service_provider.entity_id(ctx.workspace),
        acs_url=service_provider.acs_url(ctx.workspace),
        destination=connection.sso_url,
    )
    return redirect.location(connection.sso_url, "SAMLRequest", message, request_id, key=key)
