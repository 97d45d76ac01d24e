"""Addresses for machines that watch: /healthz, /readyz; and the brand's stylesheet and logo."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, Response, abort, current_app, jsonify

from portal.config import ROOT
from portal.extensions import csrf, db
from portal.web.brand import stylesheet
from portal.web.errors import answer_under
from portal.web.guards import public

blueprint = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Registers the routes."""
    csrf.exempt(blueprint)
    answer_under(app, "/readyz", _not_ready)
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
@public()
def healthz() -> Response:
    """Says that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public()
def readyz() -> tuple[Response, int]:
    """Says that the database answers and has the schema that this code needs, or a newer one; 503 with the reason otherwise."""
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    newest, older = _revisions()
    if current is None or current in older:
        return jsonify(status="schema", schema=current, needed=newest, what_to_do="Run portal db upgrade."), 503
    return jsonify(status="ok", schema=current), 200


@cache
def _revisions() -> tuple[str, frozenset[str]]:
    """The revision that this code needs, and those that are too old for it."""
    script = ScriptDirectory(str(ROOT / "portal" / "migrations"))
    newest, *older = (revision.revision for revision in script.walk_revisions())
    return newest, frozenset(older)


def _not_ready(status: int, detail: str, _error: Exception) -> Response:
    response = jsonify(status="database" if status == 503 else "error", detail=detail)
    response.status_code = status
    return response


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


@blueprint.get("/brand/logo")
@public()
def logo() -> Response:
    """The profile's logo; an SVG may style itself and nothing else."""
    path = Path(current_app.config["PROFILE"].brand.logo or abort(404))
    response = Response(path.read_bytes(), content_type="image/png" if path.suffix.lower() == ".png" else "image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
