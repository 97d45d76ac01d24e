"""The Import tab."""

from __future__ import annotations

from flask import Blueprint

from standin import imports
from standin.remote import RemoteError
from standin.web import Answer, back_to, find_app, form, org, tab

pages = Blueprint("imports", __name__, url_prefix="/admin/app/<name>/instance/<app_id>/import")


@pages.get("")
def show(name: str, app_id: str) -> Answer:
    """The tab."""
    app = find_app(name, app_id)
    return tab(app, "imports", run=app.import_run)


@pages.post("")
def import_now(name: str, app_id: str) -> Answer:
    """Import Now."""
    app = find_app(name, app_id)
    if not app.integration.enabled:
        return back_to(app, "imports", error="Provisioning is off for this app. Turn it on under Provisioning.")
    try:
        run = imports.run(org(), app)
    except RemoteError as error:
        return back_to(app, "imports", error=f"The import stopped: {error}")
    return back_to(app, "imports", f"Users scanned: {run.scanned}.")


@pages.post("/confirm")
def confirm(name: str, app_id: str) -> Answer:
    """Confirms one imported user, or all of them."""
    app = find_app(name, app_id)
    run = app.import_run
    wanted = form().get("user", "")
    users = [user.scim_id for user in run.users if wanted in ("", user.scim_id)] if run else []
    for user in users:
        imports.confirm(org(), app, user)
    return back_to(app, "imports", f"{len(users)} confirmed.")
