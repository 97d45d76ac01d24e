"""Sessions: a signed-in browser, ended from anywhere at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session as Database

from portal.domain.context import Context, lock
from portal.models import Member, Session
from portal.models.base import UtcDateTime
from portal.models.prepared import Prepared
from portal.vault import digest, new_secret

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)


_END_ALL = Prepared(
    update(Session)
    .where(
        Session.workspace_id == bindparam("here"),
        Session.member_id == bindparam("whose"),
        Session.ended_at.is_(None),
        Session.id != bindparam("but"),
    )
    .values(ended_at=bindparam("at", type_=UtcDateTime()), ended_because=bindparam("because"))
)


def start(
    ctx: Context,
    member: Member,
    *,
    method: str,
    user_agent: str = "",
    connection_id: str | None = None,
    name_id: str | None = None,
    session_index: str | None = None,
) -> str:
    """Starts a session of `member` and returns the cookie's secret. `method` is password, sso or recovery."""
    secret = new_secret("wps")
    ctx.session.add(
        Session(
            workspace_id=ctx.workspace.id,
            member_id=member.id,
            secret_hash=digest(secret),
            method=method,
            connection_id=connection_id,
            name_id=name_id,
            session_index=session_index,
            ip=ctx.actor.ip,
            user_agent=user_agent[:300],
            created_at=ctx.now,
            seen_at=ctx.now,
            expires_at=ctx.now + ABSOLUTE,
        )
    )
    member.last_sign_in_at = ctx.now
    return secret


def find(database: Database, workspace_id: str, secret: str, now: datetime) -> tuple[Session, Member] | None:
    """The live session of this workspace behind a cookie's secret, with its active member; None otherwise."""
    query = (
        select(Session, Member)
        .join(Member, Member.id == Session.member_id)
        .where(
            Session.workspace_id == workspace_id,
            Session.secret_hash == digest(secret),
            Session.ended_at.is_(None),
            Session.expires_at > now,
            Session.seen_at > now - IDLE,
            Member.status == "active",
        )
    )
    row = database.execute(query).first()
    return (row[0], row[1]) if row else None


def live(ctx: Context, member: Member) -> list[Session]:
    """The member's live sessions, the latest first."""
    query = select(Session).where(
        Session.workspace_id == ctx.workspace.id,
        Session.member_id == member.id,
        Session.ended_at.is_(None),
        Session.expires_at > ctx.now,
        Session.seen_at > ctx.now - IDLE,
    )
    return list(ctx.session.scalars(query.order_by(Session.seen_at.desc())))


def end(ctx: Context, session: Session, because: str) -> None:
    """Ends one session."""
    if session.ended_at is None:
        session.ended_at, session.ended_because = ctx.now, because


def end_all(ctx: Context, member: Member, because: str, *, but: str | None = None) -> int:
    """Ends every live session of the member, except the one with id `but`, and returns how many."""
    loaded = _loaded(ctx)
    if loaded:
        ctx.session.flush()
    ended = _END_ALL.run(ctx.session, here=ctx.workspace.id, whose=member.id, but=but or "", at=ctx.now, because=because)
    for each in loaded:
        ctx.session.expire(each)
    return ended


def end_with(ctx: Context, member: Member, because: str) -> None:
    """Ends every live session of the member together with what else is written."""
    if _loaded(ctx):
        end_all(ctx, member, because)
    else:
        _END_ALL.later(ctx.session, here=ctx.workspace.id, whose=member.id, but="", at=ctx.now, because=because)


def _loaded(ctx: Context) -> list[Session]:
    return [each for each in (*ctx.session.new, *ctx.session.identity_map.values()) if isinstance(each, Session)]


def end_at_provider(ctx: Context, connection_id: str, name_id: str, indexes: list[str], because: str) -> int:
    """Ends the sessions that came through a connection for a NameID, in any letter case; with `indexes`, those that have one of them."""
    lock(ctx)
    statement = update(Session).where(
        Session.workspace_id == ctx.workspace.id,
        Session.connection_id == connection_id,
        or_(Session.name_id == name_id, func.lower(Session.name_id) == name_id.lower()),
        Session.ended_at.is_(None),
    )
    if indexes:
        statement = statement.where(Session.session_index.in_(indexes))
    return ctx.session.execute(statement.values(ended_at=ctx.now, ended_because=because)).rowcount  # type: ignore[attr-defined, no-any-return]


def end_password_sessions(ctx: Context) -> int:
    """Ends password sessions when SSO becomes required, except those of owners and of user types that keep passwords."""
    keeps = [kind.key for kind in ctx.profile.user_types if not kind.sso]
    bound = select(Member.id).where(Member.workspace_id == ctx.workspace.id, Member.user_type.not_in(keeps))
    statement = update(Session).where(
        Session.workspace_id == ctx.workspace.id,
        Session.method == "password",
        Session.ended_at.is_(None),
        Session.member_id.in_(bound),
    )
    return ctx.session.execute(statement.values(ended_at=ctx.now, ended_because="sso-required")).rowcount  # type: ignore[attr-defined, no-any-return]
