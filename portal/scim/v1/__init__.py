"""SCIM 1.1: another dialect over the same users and groups; served where the profile lists it."""

from __future__ import annotations

from flask import Flask

from portal.extensions import csrf
from portal.scim import dialects
from portal.scim.dialects import Dialect
from portal.scim.v1 import merge, shapes, views
from portal.web import tenancy

V1 = Dialect(
    "1.1",
    "/scim/v1",
    "application/json",
    shapes.error,
    list_urn=shapes.CORE,
    shown=shapes.shown,
    asked=shapes.asked,
    taken=shapes.taken,
    operations=merge.operations,
)


def init_app(app: Flask) -> None:
    """Registers the dialect and its addresses."""
    dialects.register(app, V1)
    csrf.exempt(views.blueprint)
    app.register_blueprint(views.blueprint)
    tenancy.leave_to(app, views.blueprint.name)
