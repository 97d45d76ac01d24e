"""Stand-in Okta: enough of Okta, in a browser, to try a product's SSO and SCIM without an Okta org.

It knows the product by HTTP only and shares no code with it. It is for trials and tests: its admin console asks nobody to
sign in, so it listens on this machine only.
"""

from __future__ import annotations

from flask import Flask

from standin.config import Config
from standin.guards import install
from standin.org import Org, open_org
from standin.views import blueprints
from standin.web import context


def create_app(config: Config, org: Org | None = None) -> Flask:
    """The stand-in as a WSGI app."""
    org = org or open_org(config)
    app = Flask(__name__)
    app.secret_key = org.state.cookie_secret
    app.config.update(
        SESSION_COOKIE_NAME="standin",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        MAX_CONTENT_LENGTH=2_000_000,
    )
    app.extensions["org"] = org
    app.context_processor(context)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    install(app)
    return app
