"""Tasks: what failed and waits for the admin."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for

from standin import lifecycle, push
from standin.web import Answer, back, form, org

pages = Blueprint("tasks", __name__, url_prefix="/admin/tasks")


@pages.get("")
def show() -> Answer:
    """The list."""
    return render_template("tasks.html", tasks=org().state.tasks, apps=org().state.apps)


@pages.post("/<int:number>")
def handle(number: int) -> Answer:
    """Tries a task again, or takes it off the list."""
    state = org().state
    task = next((task for task in state.tasks if task.number == number), None) or abort(404)
    if form().get("do") == "dismiss":
        state.tasks.remove(task)
        return back(url_for("tasks.show"), "The task is off the list.")
    app = state.apps[task.app]
    if task.person:
        lifecycle.retry(org(), app, task.person)
    elif task.group in app.pushes:
        push.push_now(org(), app, app.pushes[task.group])
    else:
        org().close_tasks(app, group=task.group)
    still = any(item.person == task.person and item.group == task.group and item.app == task.app for item in state.tasks)
    return back(url_for("tasks.show"), "" if still else "It worked.", "It failed again." if still else "")
