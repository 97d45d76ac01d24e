"""Sign-in: who may come in, by password or by SAML, and the members that signing in creates."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain import audit, managed, members, provisioning, roles, sso
from portal.domain.context import Context, lock
from portal.domain.errors import DomainError, Invalid, NotAllowed
from portal.domain.telling import Name, told
from portal.models import Member
from portal.vault import verify_password

WRONG = "That e-mail address and password do not fit. Check both, or ask an admin for a new password link."


class SignInRefused(DomainError):
    """A verified identity that may not come in; `code` is the reason for the troubleshooting page."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Identity:
    """What a verified assertion says: the NameID and the attributes the profile names (empty text when absent)."""

    name_id: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    role: str = ""
    session_index: str = ""


def keeps_password(ctx: Context, member: Member) -> bool:
    """Whether the member signs in by password although SSO is required: its user type is exempt."""
    kind = ctx.profile.user_type(member.user_type)
    return kind is not None and not kind.sso


def with_password(ctx: Context, login: str, password: str) -> Member:
    """The member with this e-mail address (or user name) and password, under the workspace's lock.

    Raises NotAllowed: the same words and the same time whether the member is unknown, inactive or the password is wrong.
    """
    member = members.by_login(ctx, login.strip())
    usable = member.password_hash if member is not None and member.active else None
    if not verify_password(usable, password) or member is None:
        raise NotAllowed(WRONG)
    lock(ctx)
    if not member.active or member.password_hash != usable:  # since it was looked up
        raise NotAllowed(WRONG)
    if sso.mode(ctx) == "required" and not keeps_password(ctx, member):
        raise NotAllowed("This workspace signs in with Okta. Use the button below.")
    return member


def with_identity(ctx: Context, identity: Identity) -> Member:
    """The member a verified assertion is about: found by user name, else by e-mail address, else created while SCIM is off.

    Under the workspace's lock, so that of two first sign-ins at once the second finds whom the first created.
    Raises SignInRefused for a deactivated or unknown member, or when no seat is left.
    """
    lock(ctx)
    member = members.by_login(ctx, identity.name_id)
    if member is None and identity.email:
        member = members.by_login(ctx, identity.email)
    if member is None:
        return _just_in_time(ctx, identity)
    if not member.active:
        raise SignInRefused(
            "member-deactivated",
            told(Name(members.label(member)), " is deactivated in this workspace. Assign the person again in Okta."),
        )
    kind = ctx.profile.user_type(member.user_type)
    if kind is not None and not kind.sso:
        raise SignInRefused(
            "user-type-exempt",
            f"{kind.name} members sign in with e-mail address and password, not with Okta.",
        )
    if not managed.is_managed(ctx, member):
        names = {"given_name": identity.first_name, "family_name": identity.last_name}
        missing = {key: value for key, value in names.items() if value and not getattr(member, key)}
        if missing:
            members.update_member(ctx, member, missing)
    return member


def _just_in_time(ctx: Context, identity: Identity) -> Member:
    if provisioning.is_on(ctx):
        raise SignInRefused(
            "member-unknown",
            told(
                "“",
                Name(identity.name_id),
                "” is not a member of this workspace. Members are created by SCIM: assign the person to the app in Okta, "
                "and check that the application username equals the SCIM user name.",
            ),
        )
    email = identity.email or (identity.name_id if "@" in identity.name_id else "")
    changes = {
        "user_name": identity.name_id,
        "email": email or None,
        "given_name": identity.first_name,
        "family_name": identity.last_name,
        "display_name": f"{identity.first_name} {identity.last_name}".strip(),
    }
    if identity.role:
        try:
            choice = roles.resolve(ctx, identity.role)
        except Invalid as error:
            raise SignInRefused("role-unknown", error.message) from error
        changes["role"] = choice.custom_id or choice.key
    try:
        return members.create(ctx, changes, source="sso")
    except DomainError as error:
        raise SignInRefused(error.code, error.message) from error


def note(ctx: Context, member: Member, method: str) -> None:
    """Records a sign-in; `method` is password, sso or recovery."""
    audit.record(ctx, f"sign-in.{method}", members.subject(member))
