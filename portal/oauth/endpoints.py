"""The endpoints that clients call: token, revocation and introspection."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g

from portal.domain import grants
from portal.domain.actors import Actor
from portal.domain.context import Context
from portal.extensions import db, limiter
from portal.models import OAuthClient, Workspace
from portal.oauth import asking, callback
from portal.oauth.client_auth import authenticate, failure_key
from portal.oauth.errors import OAuthError, json_answer
from portal.oauth.parameters import Parameters, of_body
from portal.web.guards import public
from portal.web.tenancy import BARE, client_ip, context_for, now
from portal.web.transactions import commit_anyway

blueprint = Blueprint("oauth_endpoints", __name__)

# Okta calls for all its customers from few addresses: only failures are counted closely.
_calls = limiter.shared_limit("1200 per minute", scope="oauth-endpoints")
_failures = limiter.shared_limit(
    "30 per minute",
    scope="oauth-failures",
    key_func=failure_key,
    deduct_when=lambda response: response.status_code == 401,
)


@blueprint.post("/oauth2/token")
@public(BARE)
@_calls
@_failures
def token() -> Response:
    """Gives tokens for a code or a refresh token (RFC 6749 §4.1.3, §6)."""
    form = of_body()
    client = authenticate(form)
    grant = form.need("grant_type")
    if grant not in _GRANTS:
        raise OAuthError("unsupported_grant_type", "The grant types here are authorization_code and refresh_token.")
    try:
        issued = _GRANTS[grant](client, form)
    except grants.BadGrant as error:
        if error.ended:
            commit_anyway()
        raise
    return json_answer(
        {
            "access_token": issued.access,
            "token_type": "Bearer",
            "expires_in": int(grants.ACCESS_LIFE.total_seconds()),
            "refresh_token": issued.refresh,
            "scope": " ".join(issued.scopes),
        }
    )


@blueprint.post("/oauth2/revoke")
@public(BARE)
@_calls
@_failures
def revoke() -> Response:
    """Ends a token of the client that calls; one that is unknown here is as good as ended (RFC 7009 §2.2)."""
    form = of_body()
    client = authenticate(form)
    secret = form.need("token")
    known = grants.find(db.session(), client, secret)
    if known is not None:
        grants.give_up(_context(client, known.workspace), client, secret)
    return json_answer({})


@blueprint.post("/oauth2/introspect")
@public(BARE)
@_calls
@_failures
def introspect() -> Response:
    """Says what a token of the client that calls is worth (RFC 7662 §2.2)."""
    form = of_body()
    client = authenticate(form)
    known = grants.find(db.session(), client, form.need("token"))
    if known is None or not known.is_active(now()):
        return json_answer({"active": False})
    return json_answer(_facts(known, client))


def _facts(known: grants.Known, client: OAuthClient) -> dict[str, Any]:
    token = known.token
    facts: dict[str, Any] = {
        "active": True,
        "scope": " ".join(token.scopes),
        "client_id": client.client_id,
        "iat": int(token.created_at.timestamp()),
        "sub": known.workspace.id,
        "workspace": known.workspace.slug,
        "iss": callback.issuer(),
    }
    if token.kind == "access":
        facts["token_type"] = "Bearer"
    if token.expires_at is not None:
        facts["exp"] = int(token.expires_at.timestamp())
    return facts


def _redeem(client: OAuthClient, form: Parameters) -> grants.Issued:
    code, redirect_uri = form.need("code"), form.need("redirect_uri")
    ctx = _context(client, grants.behind_code(db.session(), client, code))
    return grants.redeem(ctx, client, code, redirect_uri=redirect_uri, verifier=form.one("code_verifier"))


def _refresh(client: OAuthClient, form: Parameters) -> grants.Issued:
    secret = form.need("refresh_token")
    scope = asking.scopes_of(form, client.scopes)
    ctx = _context(client, grants.behind_refresh(db.session(), client, secret))
    return grants.refresh(ctx, client, secret, scope)


_GRANTS = {"authorization_code": _redeem, "refresh_token": _refresh}


def _context(client: OAuthClient, workspace: Workspace) -> Context:
    return context_for(workspace).by(Actor.client(client, client_ip(), g.get("request_id", "")))
