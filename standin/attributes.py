"""The app user profile: what of a person goes to an app, by Okta's attribute names."""

from __future__ import annotations

from standin.apps import App, Assignment
from standin.expressions import username, variables
from standin.people import Person

EDITABLE = {
    "givenName": "First name",
    "familyName": "Last name",
    "email": "Email",
    "displayName": "Display name",
    "title": "Title",
    "userType": "User type",
    "organization": "Organization",
    "division": "Division",
    "department": "Department",
}


def app_profile(app: App, assignment: Assignment, person: Person, people: dict[str, Person]) -> dict[str, str]:
    """An assignment's attributes, unset ones as empty strings; the assignment's own values win over the person's."""
    user = variables(person, people)
    profile = {
        "userName": username(app, assignment, user),
        "givenName": user["firstName"],
        "familyName": user["lastName"],
        "email": user["email"],
        "displayName": user["displayName"],
        "externalId": person.id,
        "title": user["title"],
        "userType": user["userType"],
        "organization": user["organization"],
        "division": user["division"],
        "department": user["department"],
        "manager": user["manager"],
        "managerId": user["managerId"],
        "role": app.person_role(assignment),
    }
    return {**profile, **assignment.overrides}
