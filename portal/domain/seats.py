"""Seats: the one rule. An active member whose role is paid uses one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from portal.domain.context import Context, lock
from portal.domain.errors import NoSeatLeft
from portal.models import Member, MemberCount, ProvisioningEvent, RefusedSignIn, Workspace
from portal.profile import Profile

REFUSAL = "No seat left"


def uses_seat(profile: Profile, *, role: str, active: bool) -> bool:
    """Whether a member of built-in role `role` uses a seat; a role that the profile no longer has uses none."""
    return active and profile.has_role(role) and profile.role(role).paid


def settle(ctx: Context, member: Member, *, used_before: bool) -> None:
    """Takes or frees the seat that `member`'s new role and status need; raises NoSeatLeft when none is free.

    Runs under the workspace's lock, so that two at once never take the last seat twice.
    """
    lock(ctx)
    uses = uses_seat(ctx.profile, role=member.role, active=member.active)
    if uses == used_before:
        return
    workspace = ctx.workspace
    if uses and workspace.seats is not None and workspace.seats_used >= workspace.seats:
        raise NoSeatLeft(
            f"{REFUSAL}: {workspace.seats_used} of {workspace.seats} seats are in use. "
            "Add seats, deactivate a member with a paid role, or give this one an unpaid role, then retry."
        )
    workspace.seats_used += 1 if uses else -1


def take(ctx: Context, number: int) -> None:
    """Takes seats for members who are reactivated together; raises NoSeatLeft when they are not free."""
    lock(ctx)
    left = free(ctx)
    if left is not None and number > left:
        raise NoSeatLeft(f"{REFUSAL}: {number} are needed and {left} of {ctx.workspace.seats} seats are free.")
    ctx.workspace.seats_used += number


def free(ctx: Context) -> int | None:
    """How many seats are free; None when there is no limit."""
    if ctx.workspace.seats is None:
        return None
    return max(0, ctx.workspace.seats - ctx.workspace.seats_used)


def recount(session: Session, profile: Profile) -> list[str]:
    """Counts the seats in use anew where the profile now says differently which roles use one; the workspaces' names.

    Commits each by itself, under its lock.
    """
    wrong = session.scalars(select(Workspace.id).where(Workspace.seats_used != _used(profile, Workspace.id).scalar_subquery())).all()
    session.rollback()
    changed = []
    for key in wrong:
        workspace = session.scalars(select(Workspace).where(Workspace.id == key).with_for_update()).one()
        workspace.seats_used = session.scalar(_used(profile, key)) or 0
        changed.append(workspace.slug)
        session.commit()
    return changed


def _used(profile: Profile, workspace_id: Any) -> Select[tuple[int]]:
    """How many active members have a paid role, by the counts."""
    paid = [role.key for role in profile.roles if role.paid]
    own = MemberCount.workspace_id == workspace_id, MemberCount.status == "active", MemberCount.role.in_(paid)
    return select(func.coalesce(func.sum(MemberCount.members), 0)).where(*own)


@dataclass(frozen=True)
class Refused:
    """An attempt that found no seat: when, who needed one, whether `Okta` or a `sign-in` brought them, and what was said."""

    at: datetime
    subject: str
    origin: str
    said: str


def refused(ctx: Context, most: int = 20) -> list[Refused]:
    """The latest attempts that found no seat: requests of a directory, and first sign-ins."""
    event, sign_in = ProvisioningEvent, RefusedSignIn
    requests = select(event.at, event.subject, literal("Okta"), event.detail).where(
        event.workspace_id == ctx.workspace.id, event.succeeded.is_(False), event.status == 403, event.detail.startswith(REFUSAL)
    )
    sign_ins = select(sign_in.at, sign_in.subject, literal("Sign-in"), sign_in.details["sentence"].as_string()).where(
        sign_in.workspace_id == ctx.workspace.id, sign_in.reason == NoSeatLeft.code
    )
    found = [
        Refused(*row)
        for query, table in ((requests, event), (sign_ins, sign_in))
        for row in ctx.session.execute(query.order_by(table.at.desc(), table.id.desc()).limit(most))
    ]
    return sorted(found, key=lambda item: item.at, reverse=True)[:most]
