"""Workspaces: names, plans, and the lock under which a directory changes."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain import audit
from portal.domain.actors import Actor
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, NotFound, Taken
from portal.domain.texts import checked
from portal.models import Connection, Workspace
from portal.profile import Profile

MOST_SEATS = 1_000_000_000
RESERVED = frozenset(
    [
        "admin",
        "api",
        "app",
        "assets",
        "auth",
        "autodiscover",
        "blog",
        "cdn",
        "dashboard",
        "dev",
        "docs",
        "ftp",
        "help",
        "id",
        "imap",
        "internal",
        "localhost",
        "login",
        "logout",
        "mail",
        "metrics",
        "mx",
        "ns",
        "ns1",
        "ns2",
        "oauth",
        "okta",
        "pop",
        "portal",
        "root",
        "scim",
        "smtp",
        "sso",
        "static",
        "status",
        "support",
        "system",
        "test",
        "webmail",
        "www",
    ]
)
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def check_slug(slug: str) -> str:
    """`slug` if a workspace may be called so; raises Invalid with the rule it breaks."""
    if not _SLUG.fullmatch(slug):
        raise Invalid(
            "A workspace name has lower-case letters, digits and inner hyphens, 63 characters at most.",
            field="slug",
        )
    if slug in RESERVED or slug.startswith("xn--"):
        raise Invalid(f"“{slug}” is reserved. Choose another name.", field="slug")
    return slug


def find(session: Session, slug: str) -> Workspace | None:
    """The workspace called `slug`, or None."""
    if not _SLUG.fullmatch(slug):
        return None
    return session.scalar(select(Workspace).where(Workspace.slug == slug))


def get(session: Session, slug: str) -> Workspace:
    """The workspace called `slug`; raises NotFound."""
    workspace = find(session, slug)
    if workspace is None:
        raise NotFound(f"There is no workspace “{slug}”.")
    return workspace


def all_of(session: Session) -> list[Workspace]:
    """Every workspace, by name."""
    return list(session.scalars(select(Workspace).order_by(Workspace.slug)))


def create(
    session: Session,
    profile: Profile,
    now: datetime,
    actor: Actor,
    *,
    slug: str,
    name: str,
) -> Context:
    """A new workspace on the profile's default plan; raises Invalid or Taken. Returns the context to go on in."""
    check_slug(slug)
    if not name.strip():
        raise Invalid("A workspace needs a name.", field="name")
    workspace = Workspace(
        slug=slug,
        name=checked(Workspace, "name", name.strip(), "The name"),
        plan=profile.default_plan,
        seats=None,
        created_at=now,
        scim_groups=not profile.scim.groups_switch,
    )
    try:
        with session.begin_nested():
            session.add(workspace)
    except IntegrityError:  # which says it also of one that is made at the same moment
        raise Taken(f"There is a workspace “{slug}” already.", field="slug") from None
    ctx = Context(session, workspace, profile, actor, now)
    audit.record(ctx, "workspace.created", subject(workspace), after={"slug": slug, "plan": workspace.plan})
    return ctx


def set_plan(ctx: Context, plan: str) -> None:
    """Moves the workspace to another plan; members stay as they are. Raises Invalid."""
    if ctx.profile.plan(plan) is None:
        known = ", ".join(item.key for item in ctx.profile.plans)
        raise Invalid(f"There is no plan “{plan}”. Plans: {known}.", field="plan")
    lock(ctx)
    before, ctx.workspace.plan = ctx.workspace.plan, plan
    if before == plan:
        return
    audit.record(
        ctx,
        "workspace.plan-changed",
        subject(ctx.workspace),
        before={"plan": before},
        after={"plan": plan},
    )


def set_seats(ctx: Context, seats: int | None) -> None:
    """Sets how many seats there are, None for no limit; raises Invalid below zero and above MOST_SEATS.

    Fewer than are in use take nobody's away: further ones are refused until enough are free again.
    """
    lock(ctx)
    if seats is not None and not 0 <= seats <= MOST_SEATS:
        raise Invalid(f"Give a number of seats from 0 to {MOST_SEATS:,}.", field="seats")
    before, ctx.workspace.seats = ctx.workspace.seats, seats
    if before == seats:
        return
    audit.record(
        ctx,
        "workspace.seats-changed",
        subject(ctx.workspace),
        before={"seats": before},
        after={"seats": seats},
    )


def active_connections(ctx: Context) -> list[Connection]:
    """The workspace's active SAML connections, the oldest first."""
    query = select(Connection).where(Connection.workspace_id == ctx.workspace.id, Connection.state == "active")
    return list(ctx.session.scalars(query.order_by(Connection.activated_at)))


def has_active_connection(ctx: Context) -> bool:
    """Whether SAML sign-in works for the workspace."""
    query = select(func.count()).where(Connection.workspace_id == ctx.workspace.id, Connection.state == "active")
    return bool(ctx.session.scalar(query))


def subject(workspace: Workspace) -> tuple[str, str | None, str]:
    """The workspace as the subject of an audit entry."""
    return ("workspace", workspace.id, workspace.name)
