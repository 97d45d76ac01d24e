"""The directory: people and groups."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ACTIVE, SUSPENDED, DEACTIVATED = "active", "suspended", "deactivated"
USER_TYPES = ("", "employee", "contractor", "client")


class Invalid(Exception):
    """Something in a form is wrong; the message says what to do."""


@dataclass
class Person:
    """A person in the directory; `login` is the Okta username, `manager` a person's id."""

    id: str
    first_name: str
    last_name: str
    email: str
    login: str
    title: str = ""
    department: str = ""
    organization: str = ""
    division: str = ""
    manager: str = ""
    user_type: str = ""
    status: str = ACTIVE

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass
class Group:
    """A group of the directory; `members` are people's ids in the order they joined."""

    id: str
    name: str
    description: str = ""
    members: list[str] = field(default_factory=list)


FIELDS = (
    "first_name",
    "last_name",
    "email",
    "login",
    "title",
    "department",
    "organization",
    "division",
    "manager",
    "user_type",
)


def read_person(form: dict[str, str], people: list[Person], itself: str = "") -> dict[str, str]:
    """The fields of a person from a form; an empty username becomes the email.

    Raises Invalid when a name or the email is missing or the username is somebody else's.
    """
    values = {name: form.get(name, "").strip() for name in FIELDS}
    values["login"] = values["login"] or values["email"]
    if not values["first_name"] or not values["last_name"]:
        raise Invalid("Enter a first name and a last name.")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", values["email"]):
        raise Invalid("Enter an email address, like ada@acme.example.")
    others = [person for person in people if person.id != itself]
    if any(person.login.casefold() == values["login"].casefold() for person in others):
        raise Invalid(f"Another person has the username {values['login']}. Enter a different one.")
    if values["manager"] and values["manager"] not in {person.id for person in others}:
        raise Invalid("Choose a manager from the list.")
    if values["user_type"] not in USER_TYPES:
        raise Invalid("Choose a user type from the list.")
    return values
