"""The Push Groups tab."""

from __future__ import annotations

from flask import Blueprint, abort

from standin import push
from standin.remote import RemoteError
from standin.web import Answer, back_to, find_app, form, org, tab

pages = Blueprint("push_groups", __name__, url_prefix="/admin/app/<name>/instance/<app_id>/push-groups")


@pages.get("")
def show(name: str, app_id: str) -> Answer:
    """The tab."""
    app = find_app(name, app_id)
    free = [group for group in org().groups() if group.id not in app.pushes]
    taken = {item.scim_id for item in app.pushes.values()}
    targets = [group for group in app.app_groups if group.id not in taken]
    return tab(app, "push_groups", free=free, targets=targets)


@pages.post("/add")
def add(name: str, app_id: str) -> Answer:
    """Pushes a group by name, or links it to one that the app has."""
    app, values = find_app(name, app_id), form()
    group = org().state.groups.get(values.get("group", "")) or abort(404)
    if group.id in app.pushes:
        return back_to(app, "push_groups", error=f"{group.name} is pushed already.")
    if not values.get("target"):
        item = push.push_group(org(), app, group)
    else:
        target = next((item for item in app.app_groups if item.id == values["target"]), None) or abort(404)
        immediately = "immediately" in values
        item = push.link_group(org(), app, group, target, rename="rename" in values, immediately=immediately)
    return back_to(app, "push_groups", "" if item.error else f"{group.name} is pushed.", item.error)


@pages.post("/refresh")
def refresh(name: str, app_id: str) -> Answer:
    """Refresh App Groups: fetches the groups that the app has."""
    app = find_app(name, app_id)
    try:
        push.refresh(org(), app)
    except RemoteError as error:
        return back_to(app, "push_groups", error=str(error))
    return back_to(app, "push_groups", f"Groups in {app.label}: {len(app.app_groups)}.")


@pages.post("/<group_id>/<verb>")
def change(name: str, app_id: str, group_id: str, verb: str) -> Answer:
    """Push now, activate, deactivate, unlink."""
    app = find_app(name, app_id)
    item = app.pushes.get(group_id) or abort(404)
    group = org().state.groups[group_id].name
    match verb:
        case "now":
            push.push_now(org(), app, item)
        case "activate":
            push.activate(org(), app, item)
        case "deactivate":
            item.active = False
            return back_to(app, "push_groups", f"The push of {group} is off.")
        case "unlink-delete" | "unlink-leave":
            done = push.unlink(org(), app, item, delete=verb == "unlink-delete")
            return back_to(app, "push_groups", f"{group} is unlinked." if done else "", "" if done else item.error)
        case _:
            abort(404)
    return back_to(app, "push_groups", "" if item.error else f"{group} is pushed.", item.error)
