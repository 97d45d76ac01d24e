"""Signing in at the IdP, the end user's dashboard, and signing out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for

from standin import logout
from standin.people import ACTIVE
from standin.web import Answer, form, org, send_on, signed_in

pages = Blueprint("sign_in", __name__)
PASSWORD = "demo"


@pages.get("/signin")
def show() -> Answer:
    """The sign-in page."""
    return _page()


@pages.post("/signin")
def sign_in() -> Answer:
    """Signs in: as a person of the list, or by username and the one password."""
    values = form()
    if values.get("person"):
        person = org().state.people.get(values["person"])
    else:
        login = values.get("username", "").casefold()
        found = next((item for item in org().people() if item.login.casefold() == login), None)
        person = found if values.get("password") == PASSWORD else None
    if person is None or person.status != ACTIVE:
        return _page("Unable to sign in. Check username and password; the password of everybody is demo."), 401
    session["sid"] = org().sessions.start(person.id, org().clock()).id
    return redirect(_local(values.get("next", "")), 303)


@pages.get("/app/UserHome")
def dashboard() -> Answer:
    """The person's apps."""
    here = signed_in()
    if here is None:
        return redirect(url_for("sign_in.show", next=url_for("sign_in.dashboard")), 303)
    tiles = [app for app in org().apps() if here.person in app.people and not app.people[here.person].leaving]
    return render_template("dashboard.html", tiles=tiles)


@pages.post("/signout")
def sign_out() -> Answer:
    """Signs out here, and at an app with single logout first."""
    here = signed_in()
    session.clear()
    if here is None:
        return redirect(url_for("sign_in.show"), 303)
    org().sessions.end(here.id)
    for app in org().apps():
        at_app = here.apps.get(app.id)
        if at_app and app.sign_on.slo_enabled:
            return send_on(logout.request_onward(org(), app, at_app), f"Signing out of {app.label}")
    return redirect(url_for("sign_in.show"), 303)


def _page(error: str = "") -> str:
    people = [person for person in org().people() if person.status == ACTIVE]
    return render_template("sign_in.html", people=people, error=error, next=_local(request.values.get("next", "")))


def _local(path: str) -> str:
    """A path of the stand-in itself, else the dashboard."""
    safe = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if safe else url_for("sign_in.dashboard")
