"""One-time links: the way to a first or new password."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from portal.domain import audit, members, outbox, sessions
from portal.domain.context import Context, lock
from portal.domain.errors import Expired, Invalid
from portal.models import Member, OneTimeLink
from portal.vault import digest, hash_password, new_secret

LIFETIME = {"invitation": timedelta(days=7), "reset": timedelta(hours=24), "recovery": timedelta(hours=1)}
PASSWORD = ("invitation", "reset")
"""The purposes of links that set a password."""
SHORTEST = 12
LONGEST = 256


def make(ctx: Context, member: Member, purpose: str) -> str:
    """A link's secret; earlier links of the member stop working. `purpose` is invitation, reset or recovery."""
    statement = update(OneTimeLink).where(OneTimeLink.member_id == member.id, OneTimeLink.used_at.is_(None))
    ctx.session.execute(statement.values(used_at=ctx.now))
    outbox.withdraw_links(ctx, member)
    secret = new_secret("wpl")
    ctx.session.add(
        OneTimeLink(
            workspace_id=ctx.workspace.id,
            member_id=member.id,
            secret_hash=digest(secret),
            purpose=purpose,
            created_at=ctx.now,
            expires_at=ctx.now + LIFETIME[purpose],
        )
    )
    audit.record(ctx, f"member.{purpose}-link-made", members.subject(member))
    return secret


def peek(ctx: Context, secret: str, purposes: tuple[str, ...] = PASSWORD) -> Member:
    """The member a link of these purposes is for.

    Raises Expired when it is unknown, used, past its time, or its member is not active.
    """
    query = (
        select(Member)
        .join(OneTimeLink, OneTimeLink.member_id == Member.id)
        .where(
            OneTimeLink.workspace_id == ctx.workspace.id,
            OneTimeLink.secret_hash == digest(secret),
            OneTimeLink.purpose.in_(purposes),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > ctx.now,
            Member.status == "active",
        )
    )
    member = ctx.session.scalar(query)
    if member is None:
        raise Expired("This link was used, has expired, or is incomplete. Ask an admin for a new one.")
    return member


def check_password(password: str) -> None:
    """Raises Invalid unless the password is 12 to 256 characters (NIST SP 800-63B: length, no composition rules)."""
    if len(password) < SHORTEST:
        raise Invalid(f"Enter {SHORTEST} characters or more.", field="password")
    if len(password) > LONGEST:
        raise Invalid(f"Enter {LONGEST} characters at most.", field="password")


def use(ctx: Context, secret: str, purposes: tuple[str, ...] = PASSWORD) -> Member:
    """Uses a link up and returns its member; raises Expired also for the slower of two at once."""
    lock(ctx)
    member = peek(ctx, secret, purposes)
    statement = update(OneTimeLink).where(
        OneTimeLink.secret_hash == digest(secret),
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > ctx.now,
    )
    if ctx.session.execute(statement.values(used_at=ctx.now)).rowcount != 1:  # type: ignore[attr-defined]
        raise Expired("This link was used, has expired, or is incomplete. Ask an admin for a new one.")
    return member


def redeem(ctx: Context, secret: str, password: str) -> Member:
    """Sets the password, uses the link up and ends other sessions; raises Invalid, or Expired also for the slower of two at once."""
    check_password(password)
    made = hash_password(password)  # which takes its time, before the workspace's lock is held
    member = use(ctx, secret)
    member.password_hash = made
    sessions.end_all(ctx, member, "password-changed")
    audit.record(ctx, "member.password-set", members.subject(member))
    return member
