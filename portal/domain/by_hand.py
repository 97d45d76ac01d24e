"""What admins do to members by hand: the directory's rules, and that only owners touch owners.

Whoever may manage members but not owners must not become one by way of an owner's password link, user name or role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain import audit, details, links, managed, members, passwords, sessions
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, NotAllowed
from portal.domain.permissions import Permission, permissions_of
from portal.domain.telling import Name, told
from portal.domain.texts import one_line
from portal.models import Member, Session

_OWN_NAME = ("given_name", "family_name")


def may_touch(ctx: Context, member: Member) -> bool:
    """Whether the actor may change the member: everyone but owners, whom only those change who may manage owners."""
    if not member.owner or ctx.actor.kind != "member":
        return True
    acting = ctx.session.get(Member, ctx.actor.id)
    return (
        acting is not None and acting.workspace_id == ctx.workspace.id and Permission.MANAGE_OWNERS in permissions_of(acting, ctx.profile)
    )


def refuse_owners(ctx: Context, member: Member) -> None:
    """Raises NotAllowed when the actor may not change the member."""
    if not may_touch(ctx, member):
        raise NotAllowed(told(Name(members.label(member)), " is an owner. Only owners change owners."))


def edit(ctx: Context, member: Member, entered: Mapping[str, Any]) -> set[str]:
    """Writes what differs from what is there; the display name follows the names it was made of.

    Raises Locked for what Okta manages, NotAllowed for an owner, and what `members.update_member` raises.
    """
    lock(ctx)
    refuse_owners(ctx, member)
    changes = {field: value for field, value in entered.items() if _text(managed.current(member, field)) != _text(value)}
    managed.refuse_changes(ctx, member, changes)
    made = details.whole_name(member.given_name, member.family_name)
    if changes.keys() & set(_OWN_NAME) and one_line(member.display_name) == made:
        changes["display_name"] = details.whole_name(
            *(str(changes.get(field, getattr(member, field)) or "").strip() for field in _OWN_NAME)
        )
    return members.update_member(ctx, member, changes)


def switch(ctx: Context, member: Member, *, active: bool) -> None:
    """Deactivates or reactivates; raises as `edit` does."""
    edit(ctx, member, {"active": active})


def switch_all(ctx: Context, chosen: Iterable[Member], *, active: bool) -> int:
    """Deactivates those who are active, or reactivates those who are not, all or none, and returns how many; raises as `edit` does."""
    lock(ctx)
    found = [member for member in chosen if member.active != active]
    for member in found:
        switch(ctx, member, active=active)
    return len(found)


def set_owner(ctx: Context, member: Member, owner: bool) -> None:
    """Makes an active member an owner, or takes that away; raises Invalid or LastOwner."""
    lock(ctx)
    if owner and not member.active:
        raise Invalid(told(Name(members.label(member)), " is deactivated. Reactivate the member first."))
    members.update_member(ctx, member, {"owner": owner})


def password_link(ctx: Context, member: Member, purpose: str) -> str:
    """A one-time link's secret; `purpose` is invitation or reset. Raises NotAllowed where a password would not open anything."""
    lock(ctx)
    refuse_owners(ctx, member)
    if not member.active:
        raise NotAllowed(told(Name(members.label(member)), " is deactivated. Reactivate the member first."))
    if not passwords.allowed(ctx, member):
        raise NotAllowed("This workspace signs in with Okta, so there is no password to set.")
    return links.make(ctx, member, purpose)


def end_session(ctx: Context, session: Session, member: Member) -> None:
    """Signs the member out of one browser."""
    refuse_owners(ctx, member)
    sessions.end(ctx, session, "ended-by-admin")
    audit.record(ctx, "member.signed-out", members.subject(member), after={"sessions": 1})


def end_sessions(ctx: Context, member: Member) -> int:
    """Signs the member out everywhere and returns of how many browsers."""
    refuse_owners(ctx, member)
    count = sessions.end_all(ctx, member, "ended-by-admin")
    audit.record(ctx, "member.signed-out", members.subject(member), after={"sessions": count})
    return count


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
