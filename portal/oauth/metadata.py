"""What clients may know before they begin (RFC 8414)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from portal.domain import scopes
from portal.oauth.callback import issuer
from portal.oauth.errors import json_answer
from portal.web.guards import public
from portal.web.tenancy import BARE

blueprint = Blueprint("oauth_metadata", __name__)
_AUTHENTICATION = ["client_secret_basic", "client_secret_post"]


@blueprint.get("/.well-known/oauth-authorization-server")
@public(BARE)
def metadata() -> Response:
    """The authorization server's metadata; the issuer is the `app.` host, also when the bare domain is asked."""
    base = issuer()
    response = json_answer(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/oauth2/authorize",
            "token_endpoint": f"{base}/oauth2/token",
            "revocation_endpoint": f"{base}/oauth2/revoke",
            "introspection_endpoint": f"{base}/oauth2/introspect",
            "token_endpoint_auth_methods_supported": _AUTHENTICATION,
            "revocation_endpoint_auth_methods_supported": _AUTHENTICATION,
            "introspection_endpoint_auth_methods_supported": _AUTHENTICATION,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "scopes_supported": scopes.offered(current_app.config["PROFILE"]),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )
    response.headers["Cache-Control"] = "public, max-age=3600"
    del response.headers["Pragma"]
    return response
