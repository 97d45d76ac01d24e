"""People in an app: create, link, update, deactivate, reactivate over SCIM, in the order of Okta's requests."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from standin.apps import App, Assignment
from standin.attributes import app_profile
from standin.client import ScimClient
from standin.org import Org
from standin.remote import Paused, RemoteError

PROVISIONED, FAILED, PAUSED = "provisioned", "error", "paused"
BEFORE = "Assigned before provisioning was on: nothing was sent. Choose “Provision user”."


class Job:
    """What is being done for whom; `doing` completes “Error while …” when it fails."""

    def __init__(self, org: Org, app: App, assignment: Assignment, title: str) -> None:
        self.person = org.state.people[assignment.person]
        self.profile = app_profile(app, assignment, self.person, org.state.people)
        self.client = ScimClient(org, app, f"{title}: {self.person.name}")
        self.doing = ""


@contextmanager
def job(org: Org, app: App, assignment: Assignment, title: str, task: str) -> Iterator[Job]:
    """Runs a job; its failure becomes a task and the assignment's error instead of an exception."""
    work = Job(org, app, assignment, title)
    try:
        yield work
    except RemoteError as error:
        paused = isinstance(error, Paused)
        said = f"Error while {work.doing}: {error}" if work.doing else str(error)
        assignment.status, assignment.error = (PAUSED if paused else FAILED), said
        text = f"{task} of user {work.person.name} to app {app.label} {'is paused' if paused else 'failed'}: {said}"
        org.add_task(app, text, person=assignment.person, paused=paused)
    else:
        assignment.status, assignment.error = PROVISIONED, ""
        org.close_tasks(app, person=assignment.person)


def provision(org: Org, app: App, assignment: Assignment) -> None:
    """Creates the person in the app, or links the one with this userName, reactivated when need be."""
    if not app.integration.enabled:
        assignment.status, assignment.error = "not provisioned", ""
        return
    with job(org, app, assignment, "Provision", "Automatic provisioning") as work:
        user_name = work.profile["userName"]
        work.doing = f"verifying if user {user_name} exists"
        found = find(work.client, user_name)
        if found:
            work.doing = f"linking user {user_name}"
            _link(app, work, found, assignment)
        elif not app.to_app.create:
            raise RemoteError("Matching user not found")
        else:
            work.doing = f"creating user {user_name}"
            created = work.client.post("/Users", work.client.shapes.new_user(work.profile, app.role, _placeholder()))
            if not isinstance(created, dict) or not created.get("id"):
                work.doing = ""
                raise RemoteError("Create new user returned empty user")
            assignment.scim_id = str(created["id"])
        assignment.sent = work.profile


def push_profile(org: Org, app: App, assignment: Assignment, *, force: bool = False) -> None:
    """Sends what changed: the server's own answer, merged, by PUT. Nothing when nothing changed or updates are off."""
    if not app.integration.enabled or not app.to_app.update or not assignment.scim_id or assignment.leaving:
        return
    profile = app_profile(app, assignment, org.state.people[assignment.person], org.state.people)
    if profile == assignment.sent and not force:
        return
    with job(org, app, assignment, "Push profile", "Automatic profile push") as work:
        work.doing = f"pushing profile update for {work.profile['userName']}"
        _merge_and_put(app, work, assignment.scim_id, assignment.sent)
        assignment.sent = work.profile


def deactivate(org: Org, app: App, assignment: Assignment) -> bool:
    """Tells the app that the person left it; never by DELETE. False when the app could not be told."""
    if not app.integration.enabled or not app.to_app.deactivate or not assignment.scim_id:
        return True
    assignment.leaving = True
    with job(org, app, assignment, "Deactivate", "Automatic deprovisioning") as work:
        work.doing = f"deactivating user {work.profile['userName']}"
        _set_active(app, work, assignment.scim_id, False)
        assignment.leaving = False
    return not assignment.leaving


def probe(org: Org, app: App) -> None:
    """Test API Credentials: two users, and groups when they are imported; raises RemoteError."""
    client = ScimClient(org, app, "Test API Credentials")
    _check_list(client.get("/Users?startIndex=1&count=2"))
    if app.integration.import_groups:
        _check_list(client.get("/Groups?startIndex=1&count=100"))


def find(client: ScimClient, user_name: str) -> dict[str, Any] | None:
    """The app's user of this userName; a 404 counts as none. Raises RemoteError."""
    try:
        answer = client.get(f"/Users?{client.filter('userName', user_name)}")
    except RemoteError as error:
        if error.status == 404:
            return None
        raise
    found = answer.get("Resources") if isinstance(answer, dict) else None
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else None


def _link(app: App, work: Job, found: dict[str, Any], assignment: Assignment) -> None:
    scim_id = str(found.get("id") or "")
    if not scim_id:
        raise RemoteError("The app's user has no id")
    if found.get("active") is False and app.kind.patch:
        _set_active(app, work, scim_id, True)
        _merge_and_put(app, work, scim_id, {}, only_changes=True)
    else:
        _merge_and_put(app, work, scim_id, {}, active=True)
    assignment.scim_id = scim_id


def _merge_and_put(
    app: App,
    work: Job,
    scim_id: str,
    sent: dict[str, str],
    *,
    active: bool | None = None,
    only_changes: bool = False,
) -> None:
    current = _get(work, scim_id)
    merged = work.client.shapes.merged_user(current, work.profile, sent, app.role)
    if active is not None:
        merged["active"] = active
    if not only_changes or merged != current:
        work.client.put(f"/Users/{scim_id}", merged)


def _set_active(app: App, work: Job, scim_id: str, active: bool) -> None:
    if app.kind.patch:
        work.client.patch(f"/Users/{scim_id}", work.client.shapes.set_active(scim_id, active))
        return
    current = _get(work, scim_id)
    work.client.put(f"/Users/{scim_id}", {**current, "active": active})


def _get(work: Job, scim_id: str) -> dict[str, Any]:
    current = work.client.get(f"/Users/{scim_id}")
    if not isinstance(current, dict):
        raise RemoteError("The app answered without a user")
    return current


def _check_list(answer: Any) -> None:
    if not isinstance(answer, dict):
        raise RemoteError("The app did not answer with a SCIM list")
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        value = answer.get(name)
        if value is not None and type(value) is not int:
            raise RemoteError(f"{name} is not a whole number: {value!r}")
    if type(answer.get("totalResults")) is not int or not any("ListResponse" in s or "core:1.0" in s for s in answer.get("schemas", [])):
        raise RemoteError("The app did not answer with a SCIM list")


def _placeholder() -> str:
    """Okta sends a random password even when passwords are not synchronised."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))
