"""The General tab: label, kind, embed link, removal."""

from __future__ import annotations

from flask import Blueprint

from standin.web import Answer, back_to, find_app, form, tab

pages = Blueprint("general", __name__, url_prefix="/admin/app/<name>/instance/<app_id>/general")


@pages.get("")
def show(name: str, app_id: str) -> Answer:
    """The tab."""
    return tab(find_app(name, app_id), "general")


@pages.post("")
def save(name: str, app_id: str) -> Answer:
    """Renames the app."""
    app = find_app(name, app_id)
    app.label = form().get("label") or app.label
    return back_to(app, "general", "The label is saved.")
