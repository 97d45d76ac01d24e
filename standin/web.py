"""What every page needs: the org, the app of the URL, and answers."""

from __future__ import annotations

from typing import Any, cast

from flask import abort, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from standin.apps import App
from standin.logout import Onward
from standin.org import Org
from standin.people import Invalid, Person
from standin.provisioning import BEFORE
from standin.requests_log import last_four
from standin.sessions import Session

Answer = str | Response | tuple[str, int]

TABS = {
    "general": "General",
    "sign_on": "Sign On",
    "provisioning": "Provisioning",
    "assignments": "Assignments",
    "push_groups": "Push Groups",
    "imports": "Import",
    "requests": "Requests",
    "failures": "Failure injection",
}


def org() -> Org:
    """The org of this stand-in."""
    return cast("Org", current_app.extensions["org"])


def find_app(name: str, app_id: str) -> App:
    """The app of an admin URL, or 404."""
    app = org().state.apps.get(app_id)
    if app is None or app.name != name:
        abort(404)
    return app


def signed_in() -> Session | None:
    """The IdP session of this browser."""
    found = org().sessions.find(session.get("sid", ""))
    return found if found and found.person in org().state.people else None


def form() -> dict[str, str]:
    """The form of this request, the first value of each name, without outer spaces."""
    return {name: value.strip() for name, value in request.form.items()}


def tab(app: App, name: str, **values: Any) -> str:
    """A tab of an app."""
    return render_template(f"app/{name}.html", app=app, tab=name, tabs=TABS, **values)


def back_to(app: App, name: str, notice: str = "", error: str = "") -> Response:
    """To a tab of an app, with a notice or an error on top."""
    return back(url_for(f"{name}.show", name=app.name, app_id=app.id), notice, error)


def back(url: str, notice: str = "", error: str = "") -> Response:
    """To a page, with a notice or an error on top."""
    if notice:
        flash(notice, "notice")
    if error:
        flash(error, "error")
    return redirect(url, 303)


def send_on(message: Onward, title: str) -> Answer:
    """Sends the browser to an app with a signed message, by its binding."""
    if not message.fields:
        return redirect(message.url, 303)
    return render_template("post.html", url=message.url, fields=message.fields, title=title)


def context() -> dict[str, Any]:
    """What templates see."""
    here = signed_in()
    return {
        "org": org(),
        "me": org().state.people[here.person] if here else None,
        "person_name": person_name,
        "last_four": last_four,
        "pairs": pairs,
        "before": BEFORE,
    }


def pairs(values: list[str]) -> list[tuple[str, str]]:
    """Options of a select whose text is their value."""
    return [(value, value) for value in values]


def person_name(person_id: str) -> str:
    """A person's name, for templates."""
    person = org().state.people.get(person_id)
    return person.name if person else "nobody"


def find_person(person_id: str) -> Person:
    """The person of a URL, or 404."""
    return org().state.people.get(person_id) or abort(404)


def show_invalid(error: Invalid) -> tuple[str, int]:
    """A page for what an app or a browser sent wrongly."""
    return render_template("message.html", title="This request cannot be answered", text=str(error)), 400
