"""Okta's expression language, as far as attribute statements and usernames need it.

`user.firstName`, `appuser.role`, quoted text, and sums of these with `+`.
"""

from __future__ import annotations

import re

from standin.apps import App, Assignment
from standin.people import Invalid, Person

TERM = re.compile(r'\s*(?:(?P<scope>user|appuser)\.(?P<name>\w+)|"(?P<double>[^"]*)"|\'(?P<single>[^\']*)\')\s*(?P<more>\+|$)')


def variables(person: Person, managers: dict[str, Person]) -> dict[str, str]:
    """The `user.` variables of a person, by Okta's names."""
    manager = managers.get(person.manager)
    return {
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": person.email,
        "login": person.login,
        "displayName": person.name,
        "title": person.title,
        "department": person.department,
        "organization": person.organization,
        "division": person.division,
        "userType": person.user_type,
        "manager": manager.name if manager else "",
        "managerId": manager.login if manager else "",
        "id": person.id,
    }


def evaluate(expression: str, user: dict[str, str], app_user: dict[str, str]) -> str:
    """The value of an expression; an unknown variable is empty, as in Okta.

    Raises Invalid when it cannot be read.
    """
    at, value = 0, ""
    while True:
        term = TERM.match(expression, at)
        if not term:
            raise Invalid(f'“{expression}” cannot be read. Write it like user.firstName or user.firstName + "." + user.lastName.')
        if term["scope"]:
            value += (user if term["scope"] == "user" else app_user).get(term["name"], "")
        else:
            value += term["double"] or term["single"] or ""
        at = term.end()
        if not term["more"]:
            return value


def check(expression: str) -> str:
    """The expression itself when it can be read; raises Invalid otherwise."""
    evaluate(expression, {}, {})
    return expression


def username(app: App, assignment: Assignment, user: dict[str, str]) -> str:
    """The application username: SAML NameID and SCIM userName."""
    if assignment.username:
        return assignment.username
    if app.sign_on.username == "custom":
        return evaluate(app.sign_on.username_custom, user, {"role": app.person_role(assignment)})
    return user["email" if app.sign_on.username == "email" else "login"]
