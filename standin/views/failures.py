"""The Failure injection tab."""

from __future__ import annotations

from flask import Blueprint

from standin.failures import FAILURES, arm
from standin.web import Answer, back_to, find_app, form, tab

pages = Blueprint("failures", __name__, url_prefix="/admin/app/<name>/instance/<app_id>/failures")


@pages.get("")
def show(name: str, app_id: str) -> Answer:
    """The tab."""
    return tab(find_app(name, app_id), "failures", failures=FAILURES)


@pages.post("")
def save(name: str, app_id: str) -> Answer:
    """Arms a fault, or disarms."""
    app, values = find_app(name, app_id), form()
    minutes = values.get("minutes", "").removeprefix("+")
    if not minutes.removeprefix("-").isdigit():
        minutes = "0"
    arm(app, values.get("failure", ""), int(minutes))
    armed = FAILURES.get(app.failure.kind)
    return back_to(app, "failures", f"Armed once: {armed[0].lower()}." if armed else "Nothing is armed.")
