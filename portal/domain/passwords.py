"""Passwords: who may have one, and changing one's own."""

from __future__ import annotations

from portal.domain import audit, links, members, sessions, sign_in, sso
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, NotAllowed
from portal.models import Member
from portal.vault import hash_password, verify_password


def allowed(ctx: Context, member: Member) -> bool:
    """Whether the member may sign in by password: single sign-on is not required, or the user type is exempt from it."""
    return sso.mode(ctx) != "required" or sign_in.keeps_password(ctx, member)


def change(ctx: Context, member: Member, *, current: str, new: str, here: str) -> None:
    """Changes the member's own password and ends every session but `here`.

    Raises NotAllowed where single sign-on is required, Invalid (field `current` or `password`).
    """
    lock(ctx)
    if not allowed(ctx, member):
        raise NotAllowed("This workspace signs in with Okta, so there is no password to change here.")
    if not verify_password(member.password_hash, current):
        raise Invalid("This is not your current password.", field="current")
    links.check_password(new)
    member.password_hash = hash_password(new)
    sessions.end_all(ctx, member, "password-changed", but=here)
    audit.record(ctx, "member.password-set", members.subject(member))
