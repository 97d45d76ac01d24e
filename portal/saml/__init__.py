"""The saml boundary: sign-in through the workspace's identity provider, and the way back out."""

from __future__ import annotations

from flask import Flask

from portal.extensions import csrf
from portal.web import identity_providers


def init_app(app: Flask) -> None:
    """Registers the routes; where responses arrive is the profile's choice, and they come from other sites."""
    from portal.saml import logout_views, metadata, views  # a command that needs no SAML starts quicker without them; each adds its routes

    paths = app.config["PROFILE"].saml
    identity_providers.provide(app, metadata.read)
    app.register_blueprint(views.blueprint)
    app.add_url_rule(paths.acs_path, "saml.acs", csrf.exempt(views.acs), methods=["POST"])
    app.add_url_rule(paths.slo_path, "saml.slo", csrf.exempt(logout_views.slo), methods=["GET", "POST"])
