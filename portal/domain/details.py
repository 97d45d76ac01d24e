"""What is known of a member: the fields that people and directories write, each checked, and what it is audited and found by."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.domain import roles
from portal.domain.context import Context
from portal.domain.errors import Invalid
from portal.domain.telling import Name, told
from portal.domain.texts import checked, fold, one_line, quoted, visible
from portal.models import Member

PROFILE_FIELDS = {
    "user_name": "The user name",
    "email": "The e-mail address",
    "given_name": "The first name",
    "family_name": "The last name",
    "display_name": "The display name",
    "title": "The title",
    "department": "The department",
    "organization": "The company",
    "division": "The subsidiary",
    "manager": "The manager",
    "external_id": "The external id",
}
_NEVER_NULL = ("given_name", "family_name", "display_name")


def write(ctx: Context, member: Member, changes: Mapping[str, Any]) -> str:
    """Writes `changes` (see `members.update_member`) as far as that needs no look at the workspace.

    Gives the text that names the role where it is none of the built-in ones, or empty. Raises Invalid; an unknown key is a programming
    error (TypeError).
    """
    values = dict(changes)
    for field, name in PROFILE_FIELDS.items():
        if field in values:
            _write_text(member, field, name, values.pop(field))
    _check_names(ctx, member)
    role = str(values.pop("role", None) or "")
    choice = roles.built_in(ctx.profile, role) if role else None
    if choice is not None:
        member.role, member.custom_role_id = choice.key, choice.custom_id
    for field, value in values.items():
        setter = _SETTERS.get(field)
        if setter is None:
            raise TypeError(f"members have no field {field!r}")
        setter(ctx, member, value)
    if member.given_name or member.family_name:
        member.display_name = member.display_name or whole_name(member.given_name, member.family_name)
    return role if choice is None else ""


def whole_name(given: str, family: str) -> str:
    """The display name that names make: on one line, also where the names are from a time that took others."""
    return one_line(f"{given} {family}".strip())


_SNAPSHOT = (
    *PROFILE_FIELDS,
    "role",
    "custom_role_id",
    "user_type",
    "permission_set",
    "status",
    "owner",
    "provisioned",
)


def snapshot(member: Member) -> dict[str, Any]:
    """The member's audited fields."""
    values = {name: getattr(member, name) for name in _SNAPSHOT}
    values["cost_rate"] = None if member.cost_rate is None else str(member.cost_rate)
    return values


def findable_by(member: Member) -> list[str | None]:
    """Names and addresses; SCIM's filters look candidates up by them, too, so none of these may be left out."""
    given, family = member.given_name, member.family_name
    names = [member.display_name, f"{given} {family}", f"{family} {given}", member.user_name, member.email]
    return [*names, *_received_names(member)]


def _received_names(member: Member) -> list[str]:
    """The whole name and the addresses among the kept attributes, the member's own ones included."""
    name, emails = member.attributes.get("name"), member.attributes.get("emails")
    found = [name.get("formatted")] if isinstance(name, dict) else []
    found += [item.get("value") if isinstance(item, dict) else item for item in (emails if isinstance(emails, list) else [emails])]
    return [text for text in found if isinstance(text, str)]


def _write_text(member: Member, field: str, name: str, value: Any) -> None:
    """What the member has comes back from a client that read it, even where it would not be taken anew."""
    text = "" if value is None else str(value) if field == "user_name" else str(value).strip()
    if text != getattr(member, field):
        checked(Member, field, text, name)
    setattr(member, field, text if field in _NEVER_NULL else (text or None))


def _check_names(ctx: Context, member: Member) -> None:
    if not visible(member.user_name or ""):
        raise Invalid("userName cannot be empty: give the person a user name.", field="user_name")
    if ctx.profile.scim.user_name_is_email and "@" not in member.user_name:
        raise Invalid(
            told("userName “", Name(member.user_name), "” is not an e-mail address. Set the user name format to Email."),
            field="user_name",
        )
    if member.email is not None and ("@" not in member.email.strip("@") or any(char.isspace() for char in member.email)):
        raise Invalid(told("“", Name(member.email), "” is not an e-mail address."), field="email")
    member.email_folded = fold(member.email) if member.email else None


def _user_type(ctx: Context, member: Member, value: Any) -> None:
    wanted = fold(str(value or "").strip())
    if wanted and wanted == fold(member.user_type or ""):
        return  # what the member has comes back from a client that read it, even where it could not be given
    kind = next(
        (kind for kind in ctx.profile.user_types if wanted in (fold(kind.key), fold(kind.name))),
        None,
    )
    if kind is None and wanted:
        known = ", ".join(item.key for item in ctx.profile.user_types if item.scim or ctx.actor.kind != "token")
        raise Invalid(
            f"{quoted(value)} is not a user type here. Valid values: {known}.",
            field="user_type",
        )
    if kind is not None and not kind.scim and ctx.actor.kind == "token":
        known = ", ".join(item.key for item in ctx.profile.user_types if item.scim)
        raise Invalid(
            f"User type “{kind.key}” cannot be given by SCIM. Valid values: {known}.",
            field="user_type",
        )
    if kind is not None:
        member.user_type = kind.key


def _permission_set(ctx: Context, member: Member, value: Any) -> None:
    if value and value == member.permission_set:
        return
    found = next(
        (item for item in ctx.profile.permission_sets if value and fold(str(value)) in (fold(item.key), fold(item.name))),
        None,
    )
    if found is None:
        known = ", ".join(item.key for item in ctx.profile.permission_sets)
        raise Invalid(
            f"{quoted(value)} is not a permission set here. Valid values: {known}.",
            field="permission_set",
        )
    member.permission_set = found.key


def _cost_rate(ctx: Context, member: Member, value: Any) -> None:
    if value in (None, ""):
        member.cost_rate = None
        return
    try:
        rate = Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise Invalid("Enter the cost rate as a number, like 85.50.", field="cost_rate") from None
    if not rate.is_finite() or not 0 <= rate < Decimal(10) ** 10:
        raise Invalid("Enter a cost rate from 0 to 9,999,999,999.99.", field="cost_rate")
    member.cost_rate = rate


def _owner(ctx: Context, member: Member, value: Any) -> None:
    member.owner = bool(value)


def _attributes(ctx: Context, member: Member, value: Any) -> None:
    if value != member.attributes:
        member.attributes = dict(value)


def _provisioned(ctx: Context, member: Member, value: Any) -> None:
    member.provisioned = bool(value)


_SETTERS = {
    "user_type": _user_type,
    "permission_set": _permission_set,
    "cost_rate": _cost_rate,
    "owner": _owner,
    "attributes": _attributes,
    "provisioned": _provisioned,
}
