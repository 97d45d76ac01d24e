"""What a change in Okta sets off: who belongs to which app follows from assignments, groups and status."""

from __future__ import annotations

from collections.abc import Iterable

from standin.apps import App, Assignment, GroupAssignment
from standin.org import Org
from standin.people import ACTIVE, DEACTIVATED, SUSPENDED
from standin.provisioning import BEFORE, deactivate, provision, push_profile
from standin.push import rename_pushes, sync


def assign_person(org: Org, app: App, person: str, role: str = "") -> Assignment:
    """Assigns a person by name; one who came by a group keeps the app user and becomes an individual."""
    assignment = app.people.get(person)
    if assignment and not assignment.leaving:
        assignment.scope, assignment.group, assignment.role = "person", "", role
        push_profile(org, app, assignment)
    else:
        assignment = app.people[person] = Assignment(person, role=role)
        _provision(org, app, assignment)
    _sync_pushes(org, [app])
    return assignment


def assign_group(org: Org, app: App, group: str, role: str = "") -> None:
    """Assigns a group: each member who is not in the app comes in with the group's role."""
    priority = max((item.priority for item in app.groups.values()), default=0) + 1
    app.groups[group] = GroupAssignment(group, role, priority)
    settle(org, org.state.groups[group].members, [app])


def edit_group_assignment(org: Org, app: App, group: str, role: str) -> None:
    """Changes the role that a group gives."""
    app.groups[group].role = role
    settle(org, org.state.groups[group].members, [app])


def unassign_person(org: Org, app: App, person: str) -> bool:
    """Takes a person out of an app; False when the app could not be told, and the task list has it."""
    if not deactivate(org, app, app.people[person]):
        return False
    del app.people[person]
    org.close_tasks(app, person=person)
    settle(org, [person], [app])
    return True


def unassign_group(org: Org, app: App, group: str) -> None:
    """Takes a group out of an app, with those who came by it alone."""
    del app.groups[group]
    settle(org, org.state.groups[group].members, [app])


def edit_app_profile(org: Org, app: App, person: str, username: str, role: str, overrides: dict[str, str]) -> None:
    """Changes an app user's own values and pushes them."""
    assignment = app.people[person]
    assignment.username, assignment.role, assignment.overrides = username, role, overrides
    push_profile(org, app, assignment)


def set_status(org: Org, person: str, status: str) -> None:
    """Activates, suspends or deactivates a person; a suspension tells no app anything."""
    org.state.people[person].status = status
    if status in (DEACTIVATED, SUSPENDED):
        org.sessions.end_person(person)
    settle(org, [person])


def change_person(org: Org, person: str, values: dict[str, str]) -> None:
    """Changes a person and pushes the change; reports follow when a manager's name changes."""
    for name, value in values.items():
        setattr(org.state.people[person], name, value)
    reports = [item.id for item in org.people() if item.manager == person]
    settle(org, [person, *reports])


def change_group(org: Org, group: str, name: str, description: str, members: list[str]) -> None:
    """Changes a group: its members' apps follow, then pushed groups."""
    item = org.state.groups[group]
    renamed, touched = name != item.name, {*item.members, *members}
    item.name, item.description, item.members = name, description, members
    if renamed:
        rename_pushes(org, item)
    settle(org, touched)


def settle(org: Org, people: Iterable[str], apps: list[App] | None = None) -> None:
    """Brings app users in line with directory and assignments, then pushed groups; sends only what changed."""
    apps = org.apps() if apps is None else apps
    ordered = sorted(set(people), key=lambda person: org.state.people[person].name)
    for app in apps:
        for person in ordered:
            _settle_one(org, app, person)
    _sync_pushes(org, apps)


def retry(org: Org, app: App, person: str) -> None:
    """Tries again what failed for a person."""
    assignment = app.people.get(person)
    if not assignment:
        org.close_tasks(app, person=person)
    elif assignment.leaving:
        unassign_person(org, app, person)
    elif assignment.scim_id:
        push_profile(org, app, assignment, force=True)
    else:
        _provision(org, app, assignment)
        _sync_pushes(org, [app])


def _settle_one(org: Org, app: App, person: str) -> None:
    assignment = app.people.get(person)
    gone = org.state.people[person].status == DEACTIVATED
    group = next((item.group for item in app.by_priority() if person in org.state.groups[item.group].members), "")
    if assignment is None:
        if group and org.state.people[person].status == ACTIVE:
            app.people[person] = Assignment(person, scope="group", group=group)
            _provision(org, app, app.people[person])
    elif gone or (assignment.scope == "group" and not group):
        if deactivate(org, app, assignment):
            del app.people[person]
            org.close_tasks(app, person=person)
    else:
        if assignment.scope == "group":
            assignment.group = group
        push_profile(org, app, assignment)


def _provision(org: Org, app: App, assignment: Assignment) -> None:
    provision(org, app, assignment)
    if not app.integration.enabled:
        assignment.error = BEFORE


def _sync_pushes(org: Org, apps: list[App]) -> None:
    for app in apps:
        for push in list(app.pushes.values()):
            if push.active and push.scim_id:
                sync(org, app, push)
