"""Pushed groups: create, link, rename, membership, unlink, in both of Okta's dialects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standin.apps import App, AppGroup, Push
from standin.client import ScimClient
from standin.org import Org
from standin.people import ACTIVE, Group
from standin.remote import Paused, RemoteError

Work = Callable[[ScimClient], None]


def push_group(org: Org, app: App, group: Group) -> Push:
    """Pushes a group by name: the app's group of that name is taken, else one is created; then its members."""
    push = app.pushes[group.id] = Push(group.id, target_name=group.name)
    push_now(org, app, push)
    return push


def link_group(org: Org, app: App, group: Group, target: AppGroup, *, rename: bool, immediately: bool) -> Push:
    """Links a group to one that the app has; members who are there stay until Push Now."""
    name = group.name if rename else target.name
    push = app.pushes[group.id] = Push(group.id, target.id, name, rename)
    added = _members(org, app, group) if immediately else {}

    def work(client: ScimClient) -> None:
        if app.kind.patch:
            _touch(client, push)
            _patch_members(client, push, client.shapes.change_members(_shown(org, app, added), []))
        elif rename or added:
            current = _current(client, push)
            there = [item for item in current.get("members") or [] if item.get("value") not in added.values()]
            client.put(f"/Groups/{push.scim_id}", client.shapes.whole_group(push.scim_id, name, there + _shown(org, app, added)))
        push.members = added

    _run(org, app, push, "Link group", work)
    return push


def push_now(org: Org, app: App, push: Push) -> None:
    """Sends name and all members, overwriting what the app has; creates the group when the app has none."""
    group = org.state.groups[push.group]
    members = _members(org, app, group)

    def work(client: ScimClient) -> None:
        if not push.scim_id:
            _create(client, push, group)
        shown = _shown(org, app, members)
        if app.kind.patch:
            _touch(client, push)
            _patch_members(client, push, client.shapes.replace_members(shown))
        else:
            _put(client, push, shown)
        push.members = members

    _run(org, app, push, "Push group", work)


def sync(org: Org, app: App, push: Push) -> None:
    """Sends who joined and who left the group since the last time; nothing when nobody did."""
    group = org.state.groups[push.group]
    now = _members(org, app, group)
    added = {person: scim_id for person, scim_id in now.items() if push.members.get(person) != scim_id}
    removed = {person: scim_id for person, scim_id in push.members.items() if person not in group.members}
    if not added and not removed:
        return
    kept = {person: scim_id for person, scim_id in push.members.items() if person not in removed}

    def work(client: ScimClient) -> None:
        if app.kind.patch:
            _touch(client, push)
            gone = [{"value": scim_id} for scim_id in removed.values()]
            _patch_members(client, push, client.shapes.change_members(_shown(org, app, added), gone))
        else:
            _put(client, push, _shown(org, app, {**kept, **added}))
        push.members = {**kept, **added}

    _run(org, app, push, "Update group members", work)


def rename_pushes(org: Org, group: Group) -> None:
    """Sends a group's new name wherever it is pushed, active and not linked without rename."""
    for app in org.apps():
        push = app.pushes.get(group.id)
        if push and push.active and push.rename and push.scim_id:
            _run(org, app, push, "Rename group", _rename(org, app, push, group))


def activate(org: Org, app: App, push: Push) -> None:
    """Resumes a push: all members at once."""
    push.active = True
    push_now(org, app, push)


def unlink(org: Org, app: App, push: Push, *, delete: bool) -> bool:
    """Ends a push and leaves the app's group or deletes it; False when the app refused."""
    if delete and push.scim_id and app.integration.enabled:
        client = ScimClient(org, app, f"Unlink group: {push.target_name}")
        try:
            client.delete(f"/Groups/{push.scim_id}")
        except RemoteError as error:
            if error.status != 404:
                _fail(org, app, push, error)
                return False
    del app.pushes[push.group]
    org.close_tasks(app, group=push.group)
    return True


def refresh(org: Org, app: App) -> None:
    """Refresh App Groups: what the app has, by pages of a hundred; raises RemoteError."""
    client = ScimClient(org, app, "Refresh App Groups")
    groups: list[AppGroup] = []
    while True:
        page = client.get(f"/Groups?startIndex={len(groups) + 1}&count=100")
        found = page.get("Resources") or [] if isinstance(page, dict) else []
        groups += [
            AppGroup(str(item["id"]), str(item.get("displayName", "")), len(item.get("members") or []))
            for item in found
            if isinstance(item, dict) and "id" in item
        ]
        if not found or len(groups) >= page.get("totalResults", 0):
            break
    app.app_groups = groups


def _rename(org: Org, app: App, push: Push, group: Group) -> Work:
    def work(client: ScimClient) -> None:
        push.target_name = group.name
        if app.kind.patch:
            _touch(client, push)
        else:
            _put(client, push, _shown(org, app, push.members))

    return work


def _run(org: Org, app: App, push: Push, why: str, work: Work) -> None:
    if not app.integration.enabled:
        push.status = "error"
        push.error = "Provisioning is off for this app. Turn it on under Provisioning, then push again."
        return
    try:
        work(ScimClient(org, app, f"{why}: {org.state.groups[push.group].name}"))
    except RemoteError as error:
        _fail(org, app, push, error)
    else:
        push.status, push.error = "active", ""
        org.close_tasks(app, group=push.group)


def _fail(org: Org, app: App, push: Push, error: RemoteError) -> None:
    paused = isinstance(error, Paused)
    push.status, push.error = ("paused" if paused else "error"), str(error)
    name = org.state.groups[push.group].name
    org.add_task(
        app, f"Group push of {name} to app {app.label} {'is paused' if paused else 'failed'}: {error}", group=push.group, paused=paused
    )


def _create(client: ScimClient, push: Push, group: Group) -> None:
    answer = client.get(f"/Groups?{client.filter('displayName', group.name)}")
    found = answer.get("Resources") if isinstance(answer, dict) else None
    made = found[0] if found else client.post("/Groups", client.shapes.new_group(group.name, group.description))
    if not isinstance(made, dict) or not made.get("id"):
        raise RemoteError("The app answered without a group id")
    push.scim_id = str(made["id"])


def _current(client: ScimClient, push: Push) -> dict[str, Any]:
    current = client.get(f"/Groups/{push.scim_id}")
    return current if isinstance(current, dict) else {}


def _put(client: ScimClient, push: Push, members: list[dict[str, Any]]) -> None:
    current = _current(client, push)
    name = push.target_name if push.rename else str(current.get("displayName") or push.target_name)
    client.put(f"/Groups/{push.scim_id}", client.shapes.whole_group(push.scim_id, name, members))


def _touch(client: ScimClient, push: Push) -> None:
    if push.rename:
        client.patch(f"/Groups/{push.scim_id}", client.shapes.rename_group(push.scim_id, push.target_name))


def _patch_members(client: ScimClient, push: Push, bodies: list[dict[str, Any]]) -> None:
    for body in bodies:
        client.patch(f"/Groups/{push.scim_id}", body)


def _members(org: Org, app: App, group: Group) -> dict[str, str]:
    """Who of a group is in the app, and active: people to SCIM ids."""
    return {
        person: app.people[person].scim_id
        for person in group.members
        if person in app.people and app.people[person].scim_id and org.state.people[person].status == ACTIVE
    }


def _shown(org: Org, app: App, members: dict[str, str]) -> list[dict[str, Any]]:
    shown = []
    for person, scim_id in members.items():
        assignment = app.people.get(person)
        name = assignment.sent.get("userName") if assignment else None
        shown.append({"value": scim_id, "display": name or org.state.people[person].login})
    return shown
