"""Who calls: client id and secret by the body or by Basic (RFC 6749 §2.3.1)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

from flask import request

from portal.domain import clients
from portal.extensions import db
from portal.models import OAuthClient
from portal.oauth.errors import OAuthError
from portal.oauth.parameters import Parameters, of_body
from portal.web.tenancy import client_ip

_REFUSED = "The client is unknown or its secret is wrong."


def authenticate(form: Parameters) -> OAuthClient:
    """The client that calls; raises OAuthError, in the same words for an unknown client and a wrong secret."""
    posted_id, posted_secret = form.one("client_id"), form.one("client_secret")
    header = _basic()
    if header is not None:
        client_id, secret = header
        if posted_secret is not None or posted_id not in (None, client_id):
            raise OAuthError("invalid_request", "Send the client secret once, in the header or in the body.")
    else:
        client_id, secret = posted_id or "", posted_secret or ""
    client = clients.authenticate(db.session(), client_id, secret)
    if client is None:
        raise OAuthError("invalid_client", _REFUSED, challenge=True)
    return client


def failure_key() -> str:
    """By what failed authentications are counted: the address together with the client it claims to be."""
    try:
        header = _basic()
        claimed = header[0] if header else of_body().one("client_id") or ""
    except OAuthError:
        claimed = ""
    return f"{client_ip()}:{claimed[:80]}"


def _basic() -> tuple[str, str] | None:
    """Id and secret of a Basic header, each form-decoded, as the RFC has clients encode them before base64; None without one.

    Raises OAuthError when it cannot be read. Werkzeug's own reading of the header fails on characters beyond ASCII.
    """
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError) as error:
        raise OAuthError("invalid_client", _REFUSED, challenge=True) from error
    client_id, _, secret = decoded.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)
