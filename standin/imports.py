"""Import: the app's users, page by page, matched with the directory."""

from __future__ import annotations

from typing import Any

from standin.apps import App, Assignment, Imported, ImportRun
from standin.client import PAGE, ScimClient
from standin.ids import PERSON, new_id
from standin.org import Org
from standin.people import Person
from standin.provisioning import push_profile
from standin.push import refresh
from standin.remote import RemoteError

SAFEGUARD = 0.2
"""The share of app users that one import may remove."""


def run(org: Org, app: App) -> ImportRun:
    """Import Now: scans all users, keeps the active ones, and groups when they are imported; raises RemoteError."""
    client = ScimClient(org, app, "Import Now")
    result = ImportRun()
    seen: set[str] = set()
    while True:
        page = client.get(f"/Users?startIndex={result.scanned + 1}&count={PAGE}")
        found = page.get("Resources") or [] if isinstance(page, dict) else []
        for user in found:
            _take(org, app, user, result, seen)
        result.scanned += len(found)
        if not found or result.scanned >= page.get("totalResults", 0):
            break
    if app.integration.import_groups:
        refresh(org, app)
        result.groups = len(app.app_groups)
    _removed(app, result, seen)
    app.import_run = result
    return result


def confirm(org: Org, app: App, scim_id: str) -> Person:
    """Confirms an imported user: the matching person becomes its app user, or a new person is made for it.

    Raises RemoteError when the import has no such user.
    """
    users = app.import_run.users if app.import_run else []
    user = next((user for user in users if user.scim_id == scim_id), None)
    if user is None:
        raise RemoteError("This user is not in the last import")
    person = org.state.people.get(user.match)
    if person is None:
        email = user.email or user.user_name
        person = Person(new_id(PERSON), user.first_name, user.last_name, email, email)
        org.state.people[person.id] = person
    assignment = app.people.setdefault(person.id, Assignment(person.id))
    assignment.scim_id, assignment.status, assignment.error = user.scim_id, "provisioned", ""
    assignment.username = "" if user.user_name.casefold() == person.email.casefold() else user.user_name
    users.remove(user)
    push_profile(org, app, assignment)
    return person


def _take(org: Org, app: App, user: Any, result: ImportRun, seen: set[str]) -> None:
    if not isinstance(user, dict) or not user.get("id"):
        result.incomplete += 1
        return
    seen.add(str(user["id"]))
    if user.get("active") is False:
        result.inactive += 1
        return
    if any(assignment.scim_id == user["id"] for assignment in app.people.values()):
        return
    name = user.get("name") if isinstance(user.get("name"), dict) else {}
    item = Imported(
        str(user["id"]),
        str(user.get("userName") or ""),
        str((name or {}).get("givenName") or ""),
        str((name or {}).get("familyName") or ""),
        _email(user),
    )
    result.incomplete += not (item.user_name and item.first_name and item.last_name and item.email)
    item.match = next((person.id for person in org.people() if _same(person, item)), "")
    result.users.append(item)


def _email(user: dict[str, Any]) -> str:
    emails = [item for item in user.get("emails") or [] if isinstance(item, dict)]
    primary = next((item for item in emails if item.get("primary") is True), emails[0] if emails else {})
    return str(primary.get("value") or "")


def _same(person: Person, user: Imported) -> bool:
    theirs = {user.user_name.casefold(), user.email.casefold()} - {""}
    return person.login.casefold() in theirs or person.email.casefold() in theirs


def _removed(app: App, result: ImportRun, seen: set[str]) -> None:
    known = [assignment for assignment in app.people.values() if assignment.scim_id]
    missing = [assignment for assignment in known if assignment.scim_id not in seen]
    if missing and len(missing) > SAFEGUARD * len(known):
        result.stopped = f"Import safeguard: {len(missing)} of {len(known)} app users are missing from the app; none was removed."
        return
    for assignment in missing:
        result.removed.append(assignment.person)
        del app.people[assignment.person]
