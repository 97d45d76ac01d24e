"""Forms about members."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired

from portal.domain import directory, roles
from portal.domain.context import Context
from portal.domain.errors import DomainError
from portal.domain.managed import MANAGED_FIELDS
from portal.models import Member
from portal.profile import Profile

TEXTS = ("user_name", "email", "given_name", "family_name", "title", "department", "organization", "division", "manager")
CHOICES = ("role", "user_type", "permission_set")


class MemberForm(FlaskForm):
    """A member's details; which fields are shown is the profile's matter, and which are locked the directory's."""

    given_name = StringField("First name")
    family_name = StringField("Last name")
    user_name = StringField("User name", validators=[InputRequired("Enter a user name: what the member signs in as.")])
    email = StringField("E-mail address")
    role = SelectField("Role", validate_choice=False)
    user_type = SelectField("User type", validate_choice=False)
    permission_set = SelectField("Permission set", validate_choice=False)
    title = StringField("Job title")
    department = StringField("Department")
    organization = StringField("Company")
    division = StringField("Subsidiary")
    manager = StringField("Manager")
    cost_rate = StringField("Cost rate")

    def offer(self, ctx: Context, member: Member | None = None) -> MemberForm:
        """Fills in the choices and leaves out what the product does not have, unless the member has a value of it."""
        profile = ctx.profile
        self.role.choices = [(item.key, item.name) for item in profile.roles] + [(item.id, item.name) for item in roles.custom_roles(ctx)]
        self.user_type.choices = [(item.key, item.name) for item in profile.user_types]
        self.permission_set.choices = [(item.key, item.name) for item in profile.permission_sets]
        has = {
            "user_type": len(profile.user_types) > 1,
            "permission_set": bool(profile.permission_sets),
            "cost_rate": profile.features.cost_rates,
            "organization": profile.features.companies,
            "division": profile.features.subsidiaries and bool(directory.subsidiaries(ctx)),
        }
        for name in [name for name, there in has.items() if not there and not (member and name in TEXTS and getattr(member, name))]:
            del self[name]
        return self

    def suggest(self, profile: Profile) -> MemberForm:
        """Chooses what a member becomes where nobody says: a browser would send whatever stands first, a permission set of admins, too."""
        for name in CHOICES:
            if name in self:
                self[name].data = getattr(profile, f"default_{name}")
        return self

    def show(self, member: Member, sent: Container[str] = ()) -> MemberForm:
        """Fills in the member's values, but for the fields that were sent: a refused form shows those as they were entered."""
        for name in [name for name in self.names() if name not in sent]:
            value = getattr(member, name)
            self[name].data = (member.custom_role_id or member.role) if name == "role" else "" if value is None else str(value)
        for name in CHOICES:
            if name in self:
                _offer_what_there_is(self[name])
        return self

    def names(self) -> list[str]:
        """The names of the fields that are there."""
        return [name for name in self._fields if name != "csrf_token"]

    def changes(self, *, managed: bool = False) -> dict[str, Any]:
        """What was entered, for `domain.members`; locked fields are left out when a directory manages the member."""
        given = {name: self[name].data or "" for name in self.names()}
        return {name: value for name, value in given.items() if not (managed and name in MANAGED_FIELDS)}

    def blame(self, error: DomainError) -> None:
        """Puts the refusal at the field it is about, at the first one when it is about none here."""
        field = self[error.field] if error.field in self else next(iter(self))
        field.errors = [error.message]


def _offer_what_there_is(field: SelectField) -> None:
    """Keeps a value that is not offered, or none, among the choices, so that saving something else does not change it."""
    offered: list[Any] = list(field.choices or [])
    if field.data not in [choice[0] for choice in offered]:
        field.choices = [(field.data or "", f"{field.data} (no longer offered)" if field.data else "Not set"), *offered]
