"""The Assignments tab: people and groups of an app."""

from __future__ import annotations

from flask import Blueprint, abort

from standin import lifecycle
from standin.apps import App, Assignment
from standin.attributes import EDITABLE, app_profile
from standin.provisioning import push_profile
from standin.web import Answer, back_to, find_app, find_person, form, org, tab

pages = Blueprint("assignments", __name__, url_prefix="/admin/app/<name>/instance/<app_id>/assignments")


@pages.get("")
def show(name: str, app_id: str) -> Answer:
    """The tab."""
    app = find_app(name, app_id)
    assigned = sorted(app.people.values(), key=lambda item: org().state.people[item.person].name)
    profiles = {item.person: _profile(app, item) for item in assigned}
    free = [person for person in org().people() if person.id not in app.people and person.status == "active"]
    groups = [group for group in org().groups() if group.id not in app.groups]
    return tab(app, "assignments", assigned=assigned, profiles=profiles, free=free, groups=groups)


@pages.post("/people")
def assign(name: str, app_id: str) -> Answer:
    """Assigns a person."""
    app = find_app(name, app_id)
    person = find_person(form().get("person", ""))
    return _told(app, lifecycle.assign_person(org(), app, person.id, form().get("role", "")), f"{person.name} is assigned.")


@pages.post("/groups")
def assign_group(name: str, app_id: str) -> Answer:
    """Assigns a group."""
    app = find_app(name, app_id)
    group = org().state.groups.get(form().get("group", "")) or abort(404)
    lifecycle.assign_group(org(), app, group.id, form().get("role", ""))
    return back_to(app, "assignments", f"{group.name} is assigned.")


@pages.post("/groups/<group_id>")
def save_group(name: str, app_id: str, group_id: str) -> Answer:
    """Changes the role of a group assignment, or ends it."""
    app = find_app(name, app_id)
    if group_id not in app.groups:
        abort(404)
    group = org().state.groups[group_id].name
    if form().get("do") == "unassign":
        lifecycle.unassign_group(org(), app, group_id)
        return back_to(app, "assignments", f"{group} is unassigned.")
    lifecycle.edit_group_assignment(org(), app, group_id, form().get("role", ""))
    return back_to(app, "assignments", f"{group} is saved.")


@pages.get("/<person_id>")
def edit(name: str, app_id: str, person_id: str) -> Answer:
    """An app user's own profile."""
    app = find_app(name, app_id)
    assignment = _find(app, person_id)
    return tab(app, "app_user", assignment=assignment, profile=_profile(app, assignment), labels=EDITABLE)


@pages.post("/<person_id>")
def save(name: str, app_id: str, person_id: str) -> Answer:
    """Saves an app user's own values: those that differ from the person's."""
    app, values = find_app(name, app_id), form()
    assignment = _find(app, person_id)
    mapped = app_profile(app, Assignment(person_id), org().state.people[person_id], org().state.people)
    overrides = {key: values[key] for key in EDITABLE if key in values and values[key] != mapped[key]}
    username = "" if values.get("userName", "") == mapped["userName"] else values.get("userName", "")
    lifecycle.edit_app_profile(org(), app, person_id, username, values.get("role", ""), overrides)
    return _told(app, assignment, f"The app profile of {org().state.people[person_id].name} is saved.")


@pages.post("/<person_id>/unassign")
def unassign(name: str, app_id: str, person_id: str) -> Answer:
    """Takes a person out of the app."""
    app = find_app(name, app_id)
    assignment = _find(app, person_id)
    person = org().state.people[person_id].name
    if not lifecycle.unassign_person(org(), app, person_id):
        return back_to(app, "assignments", error=f"{person} could not be deactivated. {assignment.error}")
    return back_to(app, "assignments", f"{person} is unassigned.")


@pages.post("/<person_id>/provision")
def provision(name: str, app_id: str, person_id: str) -> Answer:
    """Provision user: for those assigned before provisioning was on, and after an error."""
    app = find_app(name, app_id)
    assignment = _find(app, person_id)
    lifecycle.retry(org(), app, person_id)
    return _told(app, assignment, f"{org().state.people[person_id].name} is provisioned.")


@pages.post("/provision-all")
def provision_all(name: str, app_id: str) -> Answer:
    """Provision user, for everybody who waits."""
    app = find_app(name, app_id)
    waiting = [item.person for item in app.people.values() if not item.scim_id]
    for person in waiting:
        lifecycle.retry(org(), app, person)
    failed = sum(1 for person in waiting if not app.people[person].scim_id)
    return back_to(app, "assignments", f"{len(waiting) - failed} provisioned.", f"{failed} failed." if failed else "")


@pages.post("/force-sync")
def force_sync(name: str, app_id: str) -> Answer:
    """Force Sync: pushes every profile again; creates nobody."""
    app = find_app(name, app_id)
    for assignment in list(app.people.values()):
        push_profile(org(), app, assignment, force=True)
    return back_to(app, "assignments", "The profiles were pushed again.")


def _find(app: App, person_id: str) -> Assignment:
    return app.people.get(person_id) or abort(404)


def _profile(app: App, assignment: Assignment) -> dict[str, str]:
    return app_profile(app, assignment, org().state.people[assignment.person], org().state.people)


def _told(app: App, assignment: Assignment, notice: str) -> Answer:
    """Back to the tab, with what the app said."""
    failed = app.integration.enabled and assignment.error
    return back_to(app, "assignments", "" if failed else notice, assignment.error if failed else "")
