"""Applications."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from standin.kinds import KINDS
from standin.seeds import new_app
from standin.web import Answer, back, back_to, find_app, form, org

pages = Blueprint("apps", __name__, url_prefix="/admin")


@pages.get("/apps")
def show() -> Answer:
    """All apps."""
    return render_template("apps.html", apps=org().apps())


@pages.get("/apps/add")
def ask_add() -> Answer:
    """The kinds to choose from."""
    return render_template("add_app.html", kinds=KINDS.values(), values={}, error="")


@pages.post("/apps/add")
def add() -> Answer:
    """Adds an app of a kind."""
    values = form()
    error = "" if values.get("label") else "Enter an application label."
    error = error if values.get("kind") in KINDS else "Choose a kind of app."
    if error:
        return render_template("add_app.html", kinds=KINDS.values(), values=values, error=error), 422
    app = new_app(org().config, org().state, values["kind"], values["label"])
    org().state.apps[app.id] = app
    return back_to(app, "sign_on", f"{app.label} is added.")


@pages.get("/app/<name>/instance/<app_id>")
def open_app(name: str, app_id: str) -> Answer:
    """The address that Okta's admin console has for an app: its first tab."""
    return back_to(find_app(name, app_id), "sign_on")


@pages.post("/app/<name>/instance/<app_id>/remove")
def remove(name: str, app_id: str) -> Answer:
    """Takes an app out of the org; the product is told nothing."""
    app = find_app(name, app_id)
    del org().state.apps[app.id]
    org().state.tasks = [task for task in org().state.tasks if task.app != app.id]
    return back(url_for("apps.show"), f"{app.label} is removed.")
