"""The provisioning log read: which entries, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.domain import audit, workspaces
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, NotFound
from portal.domain.listing import Condition, Listing
from portal.domain.telling import Name, told
from portal.models import ProvisioningEvent

KINDS = {
    "create": "created",
    "link": "linked",
    "update": "updated",
    "deactivate": "deactivated",
    "reactivate": "reactivated",
    "delete": "deleted",
    "add-members": "added members to",
    "remove-members": "removed members from",
    "read": "read",
    "refused": "was refused",
    "other": "sent a request about",
}
FEWEST_DAYS, MOST_DAYS = 7, 3650
SPANS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


@dataclass(frozen=True)
class Narrow:
    """What the log is narrowed to; empty texts narrow nothing. `outcome` is done or failed, `kind` one of KINDS, `span` one of SPANS."""

    text: str = ""
    outcome: str = ""
    kind: str = ""
    span: str = ""
    resource_id: str = ""


def listing(ctx: Context, narrow: Narrow) -> Listing[ProvisioningEvent]:
    """The entries that fit, the latest first."""
    branch: list[Condition] = [ProvisioningEvent.workspace_id == ctx.workspace.id]
    if narrow.outcome:
        branch.append(ProvisioningEvent.succeeded.is_(narrow.outcome == "done"))
    if narrow.kind:
        branch.append(ProvisioningEvent.operation == narrow.kind)
    if narrow.span in SPANS:
        branch.append(ProvisioningEvent.at >= _since(ctx.now, narrow.span))
    if narrow.resource_id:
        branch.append(ProvisioningEvent.resource_id == narrow.resource_id)
    if narrow.text.strip():
        branch.append(ProvisioningEvent.subject.icontains(narrow.text.strip().replace("\x00", ""), autoescape=True))
    return Listing(ProvisioningEvent, [ProvisioningEvent.at, ProvisioningEvent.id], [branch])


def get(ctx: Context, event_id: str) -> ProvisioningEvent:
    """The workspace's entry with this id; raises NotFound."""
    query = select(ProvisioningEvent).where(ProvisioningEvent.workspace_id == ctx.workspace.id, ProvisioningEvent.id == event_id)
    event = ctx.session.scalar(query)
    if event is None:
        raise NotFound("There is no such entry.")
    return event


def last_failure(ctx: Context, resource_type: str) -> ProvisioningEvent | None:
    """The latest request that failed, about resources of a type (User, Group, or empty for any)."""
    failed = [ProvisioningEvent.workspace_id == ctx.workspace.id, ProvisioningEvent.succeeded.is_(False)]
    if resource_type:
        failed.append(ProvisioningEvent.resource_type == resource_type)
    query = select(ProvisioningEvent).where(*failed).order_by(ProvisioningEvent.at.desc(), ProvisioningEvent.id.desc())
    return ctx.session.scalar(query.limit(1))


def keep(ctx: Context, days: int) -> None:
    """Keeps entries for so many days from now on; raises Invalid outside of FEWEST_DAYS and MOST_DAYS."""
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise Invalid(f"Enter a number from {FEWEST_DAYS} to {MOST_DAYS}.", field="days")
    lock(ctx)
    before = ctx.workspace.log_days
    if before != days:
        ctx.workspace.log_days = days
        changed = {"before": {"days": before}, "after": {"days": days}}
        audit.record(ctx, "workspace.log-days-changed", workspaces.subject(ctx.workspace), **changed)


def _since(now: datetime, span: str) -> datetime:
    return now - SPANS[span]


def sentence(event: ProvisioningEvent, group: str = "group") -> str:
    """What happened, in a sentence: "Okta deactivated Ada Lovelace"; `group` is what the product calls a group."""
    who = Name(event.client) if event.client else "A client"
    what = Name(event.subject) if event.subject else {"User": "a user", "Group": f"a {group}"}.get(event.resource_type, "the directory")
    kind = f"the {group} " if event.subject and event.resource_type == "Group" else ""
    if event.operation == "refused":
        return told(who, " was refused: its token opens nothing any more")
    if event.succeeded:
        return told(who, f" {KINDS.get(event.operation, KINDS['other'])} {kind}", what)
    if event.operation not in _FAILED:
        return told(who, f" {KINDS['other']} {kind}", what, ", and was refused")
    return told(who, f" could not {_FAILED[event.operation]} {kind}", what)


# What could not be done, where it was more than a request.
_FAILED = {
    **{verb: verb for verb in ("create", "link", "update", "deactivate", "reactivate", "delete", "read")},
    "add-members": "add members to",
    "remove-members": "remove members from",
}
