"""The same as JSON, to read: for tests and scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from standin.apps import App
from standin.requests_log import last_four
from standin.saml_xml import stamp
from standin.web import org

pages = Blueprint("api", __name__, url_prefix="/api")
HIDDEN = {"private", "token", "client_secret", "access_token", "refresh_token"}


@pages.get("/state")
def state() -> Response:
    """People, groups, apps and tasks; secrets cut to their last four characters."""
    data = org().state
    return jsonify(
        base_url=org().config.base_url,
        people=[asdict(person) for person in org().people()],
        groups=[asdict(group) for group in org().groups()],
        apps=[_app(app) for app in org().apps()],
        tasks=[asdict(task) for task in data.tasks],
    )


@pages.get("/requests")
def requests() -> Response:
    """The log, newest first; `?app=` an app's id, `?failed` only failures."""
    items = org().log.newest(request.args.get("app", ""), "failed" in request.args)
    return jsonify(requests=[{**asdict(item), "at": stamp(item.at)} for item in items])


def _app(app: App) -> dict[str, Any]:
    data: dict[str, Any] = _hide(asdict(app))
    paths = {"path": app.path, "sso": app.sso_path, "metadata": f"/app/{app.key}/sso/saml/metadata"}
    return {**data, "issuer": app.issuer, "paths": paths}


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: last_four(item) if key in HIDDEN and item else _hide(item) for key, item in value.items()}
    return [_hide(item) for item in value] if isinstance(value, list) else value
