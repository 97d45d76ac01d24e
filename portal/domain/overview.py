"""What the home page says: how the workspace stands, and what needs somebody's attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from portal.domain import mass_decisions, provisioning, retired, roster, seats, sso, tokens
from portal.domain.context import Context
from portal.domain.retired import Retired
from portal.models import MassDeactivation, ProvisioningEvent, Token

MOST = 100
_WARNING = timedelta(days=14)


@dataclass(frozen=True)
class Overview:
    """`free` is None without a limit of seats; `failures` are the last day's, counted up to MOST; `expiring` ends within 14 days;
    `retired` are roles that the profile lacks, with their members, `retired_others` user types and permission sets; `mass` waits for a
    decision.
    """

    active: int
    inactive: int
    from_okta: int
    free: int | None
    sso: str
    scim_is_on: bool
    scim_is_paused: bool
    missing: list[provisioning.Missing]
    failures: int
    expiring: list[Token]
    retired: list[tuple[str, int]]
    retired_others: list[Retired]
    mass: list[MassDeactivation]


def look(ctx: Context) -> Overview:
    """The workspace as it stands now."""
    return Overview(
        active=roster.counted(ctx, roster.Filter(status="active")),
        inactive=roster.counted(ctx, roster.Filter(status="inactive")),
        from_okta=roster.counted(ctx, roster.Filter(origin="okta", status="active")),
        free=seats.free(ctx),
        sso=sso.mode(ctx),
        scim_is_on=provisioning.is_on(ctx),
        scim_is_paused=provisioning.is_paused(ctx),
        missing=provisioning.missing(ctx),
        failures=_failures(ctx),
        retired=retired.roles_of(ctx),
        retired_others=retired.others(ctx),
        mass=mass_decisions.undecided(ctx),
        expiring=[token for token in tokens.header_tokens(ctx) if token.expires_at and token.expires_at - ctx.now <= _WARNING],
    )


def _failures(ctx: Context) -> int:
    recent = select(ProvisioningEvent.id).where(
        ProvisioningEvent.workspace_id == ctx.workspace.id,
        ProvisioningEvent.succeeded.is_(False),
        ProvisioningEvent.at >= ctx.now - timedelta(days=1),
    )
    return ctx.session.scalar(select(func.count()).select_from(recent.limit(MOST).subquery())) or 0
