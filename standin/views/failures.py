"""The Failure injection tab."""

from __future__ import annotations

import re

from flask import Blueprint

from standin.failures import FAILURES, arm
from standin.web import Answer, back_to, find_app, form, tab

MINUTES = re.compile(r"[+-]?[0-9]{1,4}")
pages = Blueprint("failures", __name__, url_prefix="/admin/app/<name>/instance/<app_id>/failures")


@pages.get("")
def show(name: str, app_id: str) -> Answer:
    """The tab."""
    return tab(find_app(name, app_id), "failures", failures=FAILURES)


@pages.post("")
def save(name: str, app_id: str) -> Answer:
    """Arms a fault, or disarms."""
    app, values = find_app(name, app_id), form()
    kind, minutes = values.get("failure", ""), values.get("minutes", "")
    if kind == "clock-skew" and not MINUTES.fullmatch(minutes):
        return tab(app, "failures", failures=FAILURES, error="Enter the clock skew in minutes, like 10 or -10."), 422
    arm(app, kind, int(minutes) if kind == "clock-skew" else 0)
    armed = FAILURES.get(app.failure.kind)
    return back_to(app, "failures", f"Armed once: {armed[0].lower()}." if armed else "Nothing is armed.")
