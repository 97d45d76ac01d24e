"""The OAuth boundary: authorize requests, consent, and the endpoints that clients call (RFC 6749, 7009, 7636, 7662, 8414, 9207, 9700)."""

from __future__ import annotations

from flask import Flask

from portal.extensions import csrf
from portal.oauth import authorize, consent, endpoints, metadata
from portal.oauth.errors import OAuthError, answer, refuse
from portal.web.errors import answer_under

CALLED_BY_CLIENTS = ("/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/.well-known/oauth-authorization-server")


def init_app(app: Flask) -> None:
    """Registers pages and endpoints; what clients call answers JSON whatever fails, and needs no CSRF token."""
    for part in (authorize, consent, endpoints, metadata):
        app.register_blueprint(part.blueprint)
    csrf.exempt(endpoints.blueprint)
    app.register_error_handler(OAuthError, refuse)
    for path in CALLED_BY_CLIENTS:
        answer_under(app, path, answer)
