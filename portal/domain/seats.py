"""Seats: the one rule. An active member whose role is paid uses one."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.context import Context, lock
from portal.domain.errors import NoSeatLeft
from portal.models import Member, ProvisioningEvent
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


def free(ctx: Context) -> int | None:
    """How many seats are free; None when there is no limit."""
    if ctx.workspace.seats is None:
        return None
    return max(0, ctx.workspace.seats - ctx.workspace.seats_used)


def refused(ctx: Context, most: int = 20) -> list[ProvisioningEvent]:
    """The latest requests of a directory that found no seat, as the provisioning log kept them."""
    query = select(ProvisioningEvent).where(
        ProvisioningEvent.workspace_id == ctx.workspace.id,
        ProvisioningEvent.succeeded.is_(False),
        ProvisioningEvent.status == 403,
        ProvisioningEvent.detail.startswith(REFUSAL),
    )
    return list(ctx.session.scalars(query.order_by(ProvisioningEvent.at.desc(), ProvisioningEvent.id.desc()).limit(most)))
