"""Directory > Groups."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for

from standin.ids import GROUP, new_id
from standin.lifecycle import change_group
from standin.people import Group
from standin.web import Answer, back, form, org

pages = Blueprint("groups", __name__, url_prefix="/admin/groups")


@pages.get("")
def show() -> Answer:
    """All groups."""
    return render_template("groups/list.html", groups=org().groups())


@pages.get("/add")
def ask_add() -> Answer:
    """An empty form."""
    return _form(Group("", ""), "")


@pages.post("/add")
def add() -> Answer:
    """Adds a group."""
    values = form()
    group = Group(new_id(GROUP), values.get("name", ""), values.get("description", ""), _members())
    problem = _problem(group.name, "")
    if problem:
        return _form(group, "", problem), 422
    org().state.groups[group.id] = group
    return back(url_for("groups.show"), f"{group.name} is in the directory.")


@pages.get("/<group_id>")
def edit(group_id: str) -> Answer:
    """A group's form."""
    group = _find(group_id)
    return _form(group, group.id)


@pages.post("/<group_id>")
def save(group_id: str) -> Answer:
    """Saves a group; assignments and pushed groups follow."""
    group, values = _find(group_id), form()
    name, description, members = values.get("name", ""), values.get("description", ""), _members()
    problem = _problem(name, group.id)
    if problem:
        return _form(Group(group.id, name, description, members), group.id, problem), 422
    change_group(org(), group.id, name, description, members)
    return back(url_for("groups.edit", group_id=group.id), f"{group.name} is saved.")


def _find(group_id: str) -> Group:
    return org().state.groups.get(group_id) or abort(404)


def _members() -> list[str]:
    return [person for person in dict.fromkeys(request.form.getlist("members")) if person in org().state.people]


def _problem(name: str, itself: str) -> str:
    if not name:
        return "Enter a name."
    taken = any(group.name.casefold() == name.casefold() and group.id != itself for group in org().groups())
    return f"Another group is called {name}. Enter a different name." if taken else ""


def _form(group: Group, group_id: str, error: str = "") -> str:
    return render_template("groups/form.html", group=group, group_id=group_id, people=org().people(), error=error)
