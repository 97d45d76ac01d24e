"""The scim boundary: the SCIM server on every workspace's host, and on the shared one."""

from __future__ import annotations

from flask import Flask

from portal.extensions import csrf
from portal.scim import dialects, resources, responses, stored, v1, v2
from portal.scim.addresses import PlainAddresses
from portal.scim.single_file import SingleFile
from portal.web import tenancy


def init_app(app: Flask) -> None:
    """Registers the versions of SCIM and what answers their errors."""
    app.extensions["scim-resources"] = resources.build(app.config["PROFILE"])
    stored.init_app(app)
    dialects.register(app, dialects.V2)
    responses.init_app(app)
    csrf.exempt(v2.blueprint)
    app.register_blueprint(v2.blueprint)
    tenancy.leave_to(app, v2.blueprint.name)
    v1.init_app(app)
    app.wsgi_app = PlainAddresses(SingleFile(app.wsgi_app))  # type: ignore[method-assign]
