"""What was sent and what came back: of one app, and of all."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from standin.web import Answer, back, back_to, find_app, org, tab

pages = Blueprint("requests", __name__, url_prefix="/admin")


@pages.get("/app/<name>/instance/<app_id>/requests")
def show(name: str, app_id: str) -> Answer:
    """The tab of an app."""
    app = find_app(name, app_id)
    failed = "failed" in request.args
    return tab(app, "requests", items=org().log.newest(app.id, failed), failed=failed)


@pages.post("/app/<name>/instance/<app_id>/requests/clear")
def clear(name: str, app_id: str) -> Answer:
    """Forgets an app's requests."""
    app = find_app(name, app_id)
    org().log.clear(app.id)
    return back_to(app, "requests", "The log is empty.")


@pages.get("/requests")
def all_apps() -> Answer:
    """Of all apps."""
    failed = "failed" in request.args
    labels = {app.id: app.label for app in org().apps()}
    return render_template("requests.html", items=org().log.newest("", failed), failed=failed, labels=labels)


@pages.post("/requests/clear")
def clear_all() -> Answer:
    """Forgets all requests."""
    org().log.clear()
    return back(url_for("requests.all_apps"), "The log is empty.")
