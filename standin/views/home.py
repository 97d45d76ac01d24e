"""The start page, and Reset."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from standin.web import Answer, back, org

pages = Blueprint("home", __name__)


@pages.get("/")
def show() -> Answer:
    """What this is, and what to try."""
    return render_template("home.html", apps=org().apps())


@pages.get("/admin/reset")
def ask_reset() -> Answer:
    """Asks before everything is thrown away."""
    return render_template("reset.html")


@pages.post("/admin/reset")
def reset() -> Answer:
    """Starts afresh."""
    org().reset()
    return back(url_for("home.show"), "Everything is as on the first start.")
