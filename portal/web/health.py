"""Addresses for machines that watch: /healthz, /readyz; and the brand's stylesheet."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, jsonify
from sqlalchemy import text

from portal.extensions import csrf, db
from portal.web.brand import stylesheet
from portal.web.guards import public

blueprint = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Registers the routes."""
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
@public()
def healthz() -> Response:
    """Says that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public()
def readyz() -> Response:
    """Says that the database answers and its schema is there; a database that does not answer makes a 503."""
    revision = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return jsonify(status="ok", schema=revision)


@blueprint.get("/brand.css")
@public()
def brand() -> Response:
    """The profile's accent as CSS custom properties."""
    response = Response(
        stylesheet(current_app.config["PROFILE"].brand.colour),
        content_type="text/css; charset=utf-8",
    )
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
