"""The way in when single sign-on fails: an owner's recovery codes, and the operator's link."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import func, select, update

from portal.domain import audit, members
from portal.domain.context import Context, lock
from portal.domain.errors import NotAllowed, NotFound
from portal.domain.texts import fold
from portal.models import Member, RecoveryCode
from portal.vault import digest

HOW_MANY = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _LENGTH = 4, 5
LINK = ("recovery",)
"""The purpose of the operator's links."""
WRONG = "That e-mail address and recovery code do not fit, or the code was used before."


@dataclass(frozen=True)
class State:
    """What a page says about recovery: `left` codes of this member, and how many active owners hold any."""

    left: int
    owners: int
    owners_prepared: int


def state(ctx: Context, member: Member) -> State:
    """How well the workspace is prepared, seen by `member`."""
    unused = (RecoveryCode.workspace_id == ctx.workspace.id, RecoveryCode.used_at.is_(None))
    own = select(func.count()).select_from(RecoveryCode).where(*unused, RecoveryCode.member_id == member.id)
    owners = select(Member.id).where(Member.workspace_id == ctx.workspace.id, Member.owner, Member.status == "active")
    everybody = list(ctx.session.scalars(owners))
    holders = set(ctx.session.scalars(select(RecoveryCode.member_id).where(*unused, RecoveryCode.member_id.in_(everybody))))
    return State(ctx.session.scalar(own) or 0, len(everybody), len(holders))


def make(ctx: Context, member: Member) -> list[str]:
    """Ten new codes of an owner, each of 97 random bits; earlier ones stop working. Raises NotAllowed for others."""
    if not (member.owner and member.active):
        raise NotAllowed("Recovery codes are for owners. Ask an owner of this workspace to make theirs.")
    lock(ctx)
    earlier = update(RecoveryCode).where(RecoveryCode.member_id == member.id, RecoveryCode.used_at.is_(None))
    ctx.session.execute(earlier.values(used_at=ctx.now))
    codes = [_code() for _ in range(HOW_MANY)]
    for code in codes:
        row = RecoveryCode(workspace_id=ctx.workspace.id, member_id=member.id, code_hash=_hash(code), created_at=ctx.now)
        ctx.session.add(row)
    audit.record(ctx, "member.recovery-codes-made", members.subject(member))
    return codes


def owner(ctx: Context, email: str | None) -> Member:
    """The active owner with this e-mail address, or the first one; raises NotFound."""
    query = select(Member).where(Member.workspace_id == ctx.workspace.id, Member.owner, Member.status == "active")
    owners = list(ctx.session.scalars(query.order_by(Member.seq)))
    found = [item for item in owners if email is None or fold(email) in (item.email_folded, item.user_name_folded)]
    if not found:
        known = ", ".join(item.email or item.user_name for item in owners)
        raise NotFound(f"There is no active owner “{email}”. Owners: {known}.")
    return found[0]


def redeem(ctx: Context, login: str, code: str) -> Member:
    """The owner with this e-mail address (or user name) and one of their unused codes, which is used up.

    Raises NotAllowed with the same words whatever does not fit, also for the slower of two at once.
    """
    member = members.by_login(ctx, login.strip())
    statement = update(RecoveryCode).where(
        RecoveryCode.workspace_id == ctx.workspace.id,
        RecoveryCode.member_id == (member.id if member is not None else ""),
        RecoveryCode.code_hash == _hash(code),
        RecoveryCode.used_at.is_(None),
    )
    if member is None or not member.owner or not member.active:
        raise NotAllowed(WRONG)
    if ctx.session.execute(statement.values(used_at=ctx.now)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotAllowed(WRONG)
    audit.record(ctx, "member.recovery-code-used", members.subject(member))
    return member


def _code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(_GROUPS))


def _hash(code: str) -> str:
    """The SHA-256 of a code however it was typed: letter case, hyphens and spaces do not count."""
    return digest("".join(char for char in code.casefold() if char.isalnum()))
