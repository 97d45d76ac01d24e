"""Directory > People."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for

from standin.ids import PERSON, new_id
from standin.lifecycle import change_person, set_status
from standin.people import ACTIVE, DEACTIVATED, SUSPENDED, USER_TYPES, Invalid, Person, read_person
from standin.web import Answer, back, find_person, form, org

pages = Blueprint("people", __name__, url_prefix="/admin/people")
VERBS = {"activate": ACTIVE, "suspend": SUSPENDED, "unsuspend": ACTIVE, "deactivate": DEACTIVATED}


@pages.get("")
def show() -> Answer:
    """Everybody."""
    return render_template("people/list.html", people=org().people())


@pages.get("/add")
def ask_add() -> Answer:
    """An empty form."""
    return _form({}, None)


@pages.post("/add")
def add() -> Answer:
    """Adds a person."""
    try:
        values = read_person(form(), org().people())
    except Invalid as error:
        return _form(form(), None, str(error)), 422
    person = Person(new_id(PERSON), **values)
    org().state.people[person.id] = person
    return back(url_for("people.show"), f"{person.name} is in the directory.")


@pages.get("/<person_id>")
def edit(person_id: str) -> Answer:
    """A person's form."""
    person = find_person(person_id)
    return _form(vars(person), person)


@pages.post("/<person_id>")
def save(person_id: str) -> Answer:
    """Saves a person; what changed is pushed to the apps."""
    person = find_person(person_id)
    try:
        values = read_person(form(), org().people(), person.id)
    except Invalid as error:
        return _form(form(), person, str(error)), 422
    change_person(org(), person.id, values)
    return back(url_for("people.edit", person_id=person.id), f"{person.name} is saved.")


@pages.post("/<person_id>/<verb>")
def change_status(person_id: str, verb: str) -> Answer:
    """Activates, suspends or deactivates a person."""
    person = find_person(person_id)
    if verb not in VERBS:
        abort(404)
    set_status(org(), person.id, VERBS[verb])
    return back(url_for("people.edit", person_id=person.id), f"{person.name} is {person.status}.")


def _form(values: dict[str, str], person: Person | None, error: str = "") -> str:
    others = [item for item in org().people() if not person or item.id != person.id]
    return render_template("people/form.html", values=values, person=person, others=others, user_types=USER_TYPES, error=error)
