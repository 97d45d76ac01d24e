"""OAuth 2.0 authorization code for SCIM: Okta's side (RFC 6749 §4.1, §6)."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import urlencode

from standin.apps import App, Grant
from standin.exchange import exchange
from standin.org import Org
from standin.remote import RemoteError, phrase

EARLY = 30
"""Seconds before its end at which an access token is renewed."""


def redirect_uri(org: Org, app: App) -> str:
    """Okta's callback for an app name; the org is not in it, so only `state` says which app asked."""
    return org.url(f"/admin/app/cpc/{app.name}/oauth/callback")


def client_of(org: Org, app: App) -> tuple[str, str]:
    """Client id and secret: the app's own, else the ones the stand-in was started with."""
    own = app.integration.client_id, app.integration.client_secret
    return own if own[0] else (org.config.client_id, org.config.client_secret)


def begin(org: Org, app: App) -> tuple[str, str]:
    """The authorize URL and the state it carries; a query that the endpoint has already stays."""
    state = secrets.token_urlsafe(24)
    endpoint = app.integration.authorize_url
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client_of(org, app)[0],
            "redirect_uri": redirect_uri(org, app),
            "state": state,
        }
    )
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}", state


def redeem(org: Org, app: App, code: str) -> Grant:
    """What a code gives at the token endpoint; raises RemoteError."""
    return _token(org, app, "Redeem the code", {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri(org, app)})


def renew(org: Org, app: App) -> bool:
    """Fetches a new access token with the refresh token; False when there is none to be had."""
    grant = _grant(app)
    if app.integration.auth != "oauth" or not grant or not grant.refresh_token:
        return False
    try:
        fresh = _token(org, app, "Refresh the access token", {"grant_type": "refresh_token", "refresh_token": grant.refresh_token})
    except RemoteError:
        return False
    grant.access_token, grant.expires_at = fresh.access_token, fresh.expires_at
    grant.refresh_token = fresh.refresh_token or grant.refresh_token
    return True


def authorization(org: Org, app: App) -> str:
    """The Authorization header of a SCIM request; an access token about to end is renewed first."""
    if app.integration.auth != "oauth":
        return app.kind.prefix + app.integration.token
    grant = _grant(app)
    if not grant:
        return "Bearer "
    if grant.expires_at and grant.expires_at - EARLY <= org.clock():
        renew(org, app)
    return f"Bearer {grant.access_token}"


def seconds(value: Any) -> int:
    """A whole number of seconds from a header or JSON, 0 when it is none."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() else 0


def _grant(app: App) -> Grant | None:
    return app.integration.new_grant or app.integration.grant


def _token(org: Org, app: App, why: str, form: dict[str, str]) -> Grant:
    client_id, client_secret = client_of(org, app)
    headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
    body = urlencode({**form, "client_id": client_id, "client_secret": client_secret})
    answer, _ = exchange(org, app, why, "POST", app.integration.token_url, headers, body)
    try:
        data = json.loads(answer.content)
    except ValueError:
        raise RemoteError("Bad Gateway", 502, "The token endpoint did not answer with JSON") from None
    if answer.status_code != 200 or not isinstance(data, dict) or not data.get("access_token"):
        told = data.get("error_description") or data.get("error") if isinstance(data, dict) else ""
        raise RemoteError(phrase(answer.status_code), answer.status_code, str(told or ""))
    lifetime = seconds(data.get("expires_in"))
    return Grant(str(data["access_token"]), str(data.get("refresh_token") or ""), org.clock() + lifetime if lifetime else 0)
