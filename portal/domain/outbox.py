"""The outbox: mail is a row in the transaction that it tells of, and goes out after the commit, by whoever claims it first.

A claim is one conditional UPDATE that moves the next try away; whoever claimed and died leaves the mail to the next.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as Database

from portal.domain import audit
from portal.domain.context import Context
from portal.models import Member, OutgoingMail
from portal.vault import Vault

LEASE = timedelta(minutes=10)
"""How long a claim holds; longer than a conversation with a mail server may take."""
LIVES = timedelta(days=3)
"""How long a mail without a link of its own is worth sending."""
LINKS = ("invitation", "reset")
"""The kinds of mail that carry a one-time link."""
_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
EXPIRED = "It could not be sent in time."


def queue(ctx: Context, kind: str, member: Member, facts: dict[str, Any], *, once: str = "") -> OutgoingMail:
    """A mail to the member, who has an e-mail address; `facts` holds `path`, where its button leads."""
    mail = OutgoingMail(
        workspace_id=ctx.workspace.id,
        member_id=member.id,
        recipient=member.email or "",
        kind=kind,
        facts={"to": member.display_name or member.user_name, **facts},
        once=once or None,
        created_at=ctx.now,
        expires_at=ctx.now + LIVES,
        next_try_at=ctx.now,
    )
    ctx.session.add(mail)
    ctx.session.info["mail"] = True
    return mail


def queue_link(ctx: Context, vault: Vault, member: Member, purpose: str, path: str, lifetime: timedelta) -> OutgoingMail:
    """A mail with a one-time link; `purpose` is one of LINKS, `path` holds the link's secret."""
    ends = ctx.now + lifetime
    by = ctx.actor.label if ctx.actor.kind == "member" else ""
    mail = queue(ctx, purpose, member, {"by": by, "until": f"{day(ends)}, {ends:%H:%M} UTC"})
    mail.secret_path, mail.expires_at = vault.encrypt(path.encode()), ends
    audit.record(ctx, "member.link-mailed", ("member", member.id, mail.facts["to"]), after={"to": mail.recipient})
    return mail


def withdraw_links(ctx: Context, member: Member) -> None:
    """Takes back what waits with an earlier link, which opens nothing any more."""
    waits = (OutgoingMail.workspace_id == ctx.workspace.id, OutgoingMail.member_id == member.id, OutgoingMail.next_try_at.is_not(None))
    statement = update(OutgoingMail).where(*waits, OutgoingMail.kind.in_(LINKS))
    ctx.session.execute(statement.values(next_try_at=None, given_up_at=ctx.now, secret_path=None, error=""))


def to_owners(ctx: Context, kind: str, facts: dict[str, Any], *, once: str = "") -> int:
    """The same mail to each active owner with an e-mail address; with `once`, to whom it did not go yet. Returns how many."""
    owns = (Member.workspace_id == ctx.workspace.id, Member.owner, Member.status == "active", Member.email.is_not(None))
    owners = [(f"{once}:{owner.id}" if once else "", owner) for owner in ctx.session.scalars(select(Member).where(*owns))]
    sent = (OutgoingMail.workspace_id == ctx.workspace.id, OutgoingMail.once.in_([key for key, _ in owners if key]))
    known = set(ctx.session.scalars(select(OutgoingMail.once).where(*sent)))
    new = [(key, owner) for key, owner in owners if key not in known]
    for key, owner in new:
        queue(ctx, kind, owner, facts, once=key)
    return len(new)


def day(moment: datetime) -> str:
    """A day as mails write it: "2 January 2026"."""
    return f"{moment.day} {moment:%B %Y}"


def latest_link(ctx: Context, member: Member) -> OutgoingMail | None:
    """The latest mail with a link to the member, and what became of it."""
    query = select(OutgoingMail).where(
        OutgoingMail.workspace_id == ctx.workspace.id, OutgoingMail.member_id == member.id, OutgoingMail.kind.in_(LINKS)
    )
    return ctx.session.scalar(query.order_by(OutgoingMail.created_at.desc(), OutgoingMail.id).limit(1))


# What the mailer does, across workspaces and outside requests


def due(database: Database, now: datetime, most: int = 50) -> list[str]:
    """The ids of mails whose turn it is, the earliest first."""
    query = select(OutgoingMail.id).where(OutgoingMail.next_try_at <= now)
    return list(database.scalars(query.order_by(OutgoingMail.next_try_at).limit(most)))


def next_due(database: Database) -> datetime | None:
    """When the next mail's turn is; None when none waits."""
    return database.scalar(select(func.min(OutgoingMail.next_try_at)))


def late(database: Database, now: datetime) -> int:
    """How many mails wait for an hour or longer."""
    query = select(func.count()).where(OutgoingMail.next_try_at.is_not(None), OutgoingMail.created_at <= now - timedelta(hours=1))
    return database.scalar(query) or 0


def claim(database: Database, mail_id: str, now: datetime) -> OutgoingMail | None:
    """The mail, for this caller alone; None when another was faster. One past its time is given up instead."""
    mine = update(OutgoingMail).where(OutgoingMail.id == mail_id, OutgoingMail.next_try_at <= now)
    late = mine.where(OutgoingMail.expires_at <= now).values(next_try_at=None, given_up_at=now, secret_path=None, error=EXPIRED)
    if database.execute(late).rowcount:  # type: ignore[attr-defined]
        return None
    claimed = database.execute(mine.values(next_try_at=now + LEASE, attempts=OutgoingMail.attempts + 1)).rowcount  # type: ignore[attr-defined]
    return database.get(OutgoingMail, mail_id, populate_existing=True) if claimed else None


def sent(database: Database, mail: OutgoingMail, now: datetime) -> None:
    """Notes that the mail went out, and forgets its link."""
    _finish(database, mail, {"next_try_at": None, "sent_at": now, "secret_path": None, "error": ""})


def failed(database: Database, mail: OutgoingMail, now: datetime, reason: str, *, final: bool) -> None:
    """Notes why it did not go out; unless that is final it is tried again, later each time up to an hour."""
    again = now + _WAITS[min(mail.attempts, len(_WAITS)) - 1]
    ended = {"next_try_at": None, "given_up_at": now, "secret_path": None}
    _finish(database, mail, {"error": reason[:300], **(ended if final else {"next_try_at": again})})


def _finish(database: Database, mail: OutgoingMail, values: dict[str, Any]) -> None:
    """Writes unless the mail was withdrawn meanwhile."""
    statement = update(OutgoingMail).where(OutgoingMail.id == mail.id, OutgoingMail.next_try_at.is_not(None))
    database.execute(statement.values(**values), execution_options={"synchronize_session": False})
