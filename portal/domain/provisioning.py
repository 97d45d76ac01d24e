"""Provisioning: whether SCIM is on, what it still needs, and the log of what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session as Database

from portal.domain import audit, workspaces
from portal.domain.context import Context, lock
from portal.domain.errors import Unavailable
from portal.models import ProvisioningEvent, SetupMilestone
from portal.models.base import new_id
from portal.models.prepared import Prepared, unless_there

_ADD = Prepared(insert(ProvisioningEvent), [column.key for column in ProvisioningEvent.__table__.columns])
# Two requests with different tokens may be the first ones at the same moment: neither has the workspace's lock.
_REACH = unless_there(lambda insert: insert(SetupMilestone).on_conflict_do_nothing(), ["workspace_id", "step", "at"])
# Steps that this process has seen in the database, from an earlier request: there they stay for good.
_REACHED: set[tuple[str, str]] = set()
_MOST_REACHED = 100_000
STEPS = ("metadata", "sign-in", "token", "test-call", "first-user", "first-group")


@dataclass(frozen=True)
class Missing:
    """What keeps SCIM from being switched on: `code` is plan or connection, `sentence` says what to do."""

    code: str
    sentence: str


def missing(ctx: Context) -> list[Missing]:
    """What SCIM still needs before it can be switched on; empty when nothing."""
    found = []
    plan = ctx.profile.plan(ctx.workspace.plan)
    if plan is None or not plan.scim:
        current = plan.name if plan else ctx.workspace.plan
        found.append(
            Missing(
                "plan",
                f"The {current} plan does not include SCIM. Ask your {ctx.profile.product} contact for {_allowing(ctx)}.",
            )
        )
    if ctx.profile.scim.needs_sso and not ctx.workspace.scim_override and not workspaces.has_active_connection(ctx):
        found.append(
            Missing(
                "connection",
                "Set up SAML single sign-on first: SCIM needs an active connection.",
            )
        )
    return found


def _allowing(ctx: Context) -> str:
    """The names of the plans that include SCIM, for a sentence."""
    return " or ".join(plan.name for plan in ctx.profile.plans if plan.scim) or "a plan that does"


def is_paused(ctx: Context) -> bool:
    """Whether SCIM was switched on and the plan does not allow it any more; it goes on by itself after an upgrade."""
    return ctx.workspace.scim_enabled and not is_on(ctx)


def is_on(ctx: Context) -> bool:
    """Whether SCIM is switched on and the plan still allows it."""
    plan = ctx.profile.plan(ctx.workspace.plan)
    return ctx.workspace.scim_enabled and plan is not None and plan.scim


def require_on(ctx: Context) -> None:
    """Raises Unavailable with a sentence for Okta's task list unless SCIM is on."""
    plan = ctx.profile.plan(ctx.workspace.plan)
    if plan is None or not plan.scim:
        raise Unavailable(
            f"SCIM provisioning is not part of the current plan of {ctx.workspace.name}. Members stay as they are; "
            f"provisioning goes on after an upgrade to {_allowing(ctx)}."
        )
    if not ctx.workspace.scim_enabled:
        where = f"{ctx.profile.words.settings}, {ctx.profile.words.sso_page}"
        raise Unavailable(f"SCIM provisioning is switched off in {ctx.workspace.name}. An admin can switch it on under {where}.")


def switch(ctx: Context, on: bool) -> None:
    """Switches SCIM on or off; on raises Unavailable with what is missing. Members stay as they are either way."""
    lock(ctx)
    if on and (lacking := missing(ctx)):
        raise Unavailable(" ".join(item.sentence for item in lacking))
    if ctx.workspace.scim_enabled != on:
        ctx.workspace.scim_enabled = on
        audit.record(
            ctx,
            "provisioning.enabled" if on else "provisioning.disabled",
            workspaces.subject(ctx.workspace),
        )


def switch_groups(ctx: Context, on: bool) -> None:
    """Switches the management of groups by SCIM on or off."""
    lock(ctx)
    if ctx.workspace.scim_groups != on:
        ctx.workspace.scim_groups = on
        action = "provisioning.groups-enabled" if on else "provisioning.groups-disabled"
        audit.record(ctx, action, workspaces.subject(ctx.workspace))


def log(database: Database, event: Mapping[str, Any]) -> None:
    """Appends to the provisioning log: `event` has every column of ProvisioningEvent but its id."""
    _ADD.later(database, id=new_id(), **event)


def reach(ctx: Context, step: str) -> None:
    """Notes that a step of the set-up really happened, the first time it does; `step` is one of STEPS."""
    key = (ctx.workspace.id, step)
    if key in _REACHED:
        return
    found = ctx.session.get(SetupMilestone, key)
    if found is None:
        _REACH.run(ctx.session, workspace_id=ctx.workspace.id, step=step, at=ctx.now)
    elif found.at < ctx.now and len(_REACHED) < _MOST_REACHED:
        _REACHED.add(key)


def reached(ctx: Context) -> dict[str, SetupMilestone]:
    """The steps of the set-up that happened, by step."""
    query = select(SetupMilestone).where(SetupMilestone.workspace_id == ctx.workspace.id)
    return {milestone.step: milestone for milestone in ctx.session.scalars(query)}
