"""What a presented secret opens: one statement a request for token, consent, workspace, and what a read then asks for anyway."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, bindparam, cast, select, update
from sqlalchemy.orm import Session as Database

from portal.domain.context import Context
from portal.models import Consent, Token, Workspace
from portal.models.prepared import Prepared, first_of_each
from portal.models.rows import WORKSPACES
from portal.vault import digest

USED_EVERY = timedelta(minutes=1)
_COUNTERS = {"seats_used", "member_seq", "group_seq", "audit_seq", "audit_head"}


class BadToken(Exception):
    """The presented secret opens nothing; `token` is set when it was known in this workspace, so that the log can name it."""

    def __init__(self, reason: str, token: Token | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.token = token


@dataclass(frozen=True)
class Opened:
    """A token that opens a workspace; `consent` is set for OAuth tokens.

    All are copies to read, the workspace without its counters.
    """

    token: Token
    workspace: Workspace
    consent: Consent | None


class Opening:
    """The statement that opens a token, and reads `columns` along with it.

    They come from the token's workspace by their own condition on it, or from tables that `reach` joins to it, with at most one row;
    parameters have other names than `secret_hash`.
    """

    def __init__(self, columns: Sequence[Any] = (), reach: Callable[[Any], Any] = lambda tables: tables) -> None:
        query = select(*_COLUMNS, *(Workspace.__table__.c[name] for name in _WORKSPACE), *columns).select_from(reach(_TABLES))
        token = Token.__table__.c
        self._statement = Prepared(query.where(token.secret_hash == bindparam("secret_hash"), token.kind != "refresh"))

    def find(self, database: Database, secret_hash: str, **values: Any) -> tuple[Opened, tuple[Any, ...]] | None:
        """What is opened, and what was read along, as the driver gives it."""
        row = self._statement.first_raw(database, secret_hash=secret_hash, **values)
        return None if row is None else (self._opened(database.get_bind().dialect.name, row[:_WIDTH]), row[_WIDTH:])

    @lru_cache(512)  # noqa: B019 - the few openings live as long as the process
    def _opened(self, dialect: str, raw: tuple[Any, ...]) -> Opened:
        """The objects of a row; remembered, because the same token comes again and again."""
        row = self._statement.converted(dialect, raw)
        workspace = Workspace(**dict(zip(_WORKSPACE, row[len(_COLUMNS) :], strict=True)))
        return Opened(_token(row[:_SPLIT]), workspace, _consent(row[_SPLIT : len(_COLUMNS)]))


def open_with(database: Database, secret: str, now: datetime, slug: str | None = None) -> Opened:
    """What `secret` opens; with `slug`, only in that workspace.

    Raises BadToken: a foreign token reads as an unknown one.
    """
    return open_and_read(PLAIN, {}, database, secret, now, slug)[0]


def open_and_read(
    opening: Opening, values: Mapping[str, Any], database: Database, secret: str, now: datetime, slug: str | None = None
) -> tuple[Opened, tuple[Any, ...]]:
    """What `secret` opens, as `open_with` says, and what `opening` reads along with it, given its parameters' `values`."""
    found = opening.find(database, digest(secret), **values)
    if found is None or (slug is not None and found[0].workspace.slug != slug):
        raise BadToken("the token is not known here")
    _refuse_ended(database, found[0].token, found[0].consent, now)
    return found


def hold(ctx: Context, opened: Opened, also: Sequence[tuple[Prepared, Mapping[str, Any]]] = ()) -> list[tuple[Any, ...] | None]:
    """Takes the lock of the workspace that was opened, and gives the first row of each of the queries `also`, which see what it guards.

    Raises BadToken when the token, or its consent, has ended since.
    """
    ctx.ahead.clear()
    if ctx.locked_in is not None and ctx.locked_in is ctx.session.get_transaction():
        return first_of_each(ctx.session, also)
    known = {"workspace_id": opened.token.workspace_id, "token_id": opened.token.id}
    row, *others = first_of_each(ctx.session, [(_LOCKING, known), *also])
    if row is None or row[-2:] != (opened.token.revoked_at, opened.consent.revoked_at if opened.consent else None):
        raise BadToken(f"the token {_named(opened.token)} was ended", opened.token)
    ctx.session.expire_all()
    ctx.workspace, ctx.locked_in = WORKSPACES.attached(ctx.session, row[:-2]), ctx.session.get_transaction()
    return others


def use_is_worth_noting(opened: Opened, now: datetime) -> bool:
    """Whether the last use on record is more than a minute old."""
    last = opened.token.last_used_at
    return last is None or now - last > USED_EVERY


def note_use(database: Database, opened: Opened, now: datetime) -> None:
    """Records the last use of a token and of its consent."""
    database.execute(update(Token).where(Token.id == opened.token.id).values(last_used_at=now))
    if opened.consent is not None:
        database.execute(update(Consent).where(Consent.id == opened.consent.id).values(last_used_at=now))


def _refuse_ended(database: Database, token: Token, consent: Consent | None, now: datetime) -> None:
    if token.revoked_at is not None:
        how = "reset" if _was_reset(database, token) else "revoked"
        raise BadToken(f"the token {_named(token)} was {how} on {token.revoked_at:%-d %B %Y}", token)
    if consent is not None and consent.revoked_at is not None:
        how = "replaced by a newer authorization" if consent.revoked_because == "replaced" else "disconnected"
        raise BadToken(f"the app “{token.name}” was {how} on {consent.revoked_at:%-d %B %Y}", token)
    if token.expires_at is not None and token.expires_at <= now:
        raise BadToken(f"the token {_named(token)} expired on {token.expires_at:%-d %B %Y}", token)


def _named(token: Token) -> str:
    """Several header tokens may have one name, so that a change needs no gap."""
    return f"“{token.name}”" + (f" (…{token.last_four})" if token.kind == "header" else "")


def _was_reset(database: Database, token: Token) -> bool:
    """Whether the token ended in the moment in which one of its name was made, which is what a reset does."""
    query = select(Token.id).where(Token.workspace_id == token.workspace_id, Token.kind == token.kind, Token.name == token.name)
    return database.scalars(query.where(Token.created_at == token.revoked_at, Token.id != token.id).limit(1)).first() is not None


# Scopes as text, so that whole rows can be compared with rows seen before.
_TOKEN = ("id", "workspace_id", "kind", "name", "last_four", "consent_id", "expires_at", "last_used_at", "revoked_at", "scopes")
_CONSENT = ("id", "revoked_at", "revoked_because")
_WORKSPACE = tuple(column.key for column in Workspace.__table__.columns if column.key not in _COUNTERS)
_SPLIT = len(_TOKEN)
_COLUMNS: tuple[Any, ...] = (
    *(Token.__table__.c[name] for name in _TOKEN[:-1]),
    cast(Token.__table__.c.scopes, Text),
    *(Consent.__table__.c[name] for name in _CONSENT),
)
_WIDTH = len(_COLUMNS) + len(_WORKSPACE)
_TABLES = (Token.__table__.join(Workspace.__table__, Workspace.__table__.c.id == Token.__table__.c.workspace_id)).outerjoin(
    Consent.__table__, Consent.__table__.c.id == Token.__table__.c.consent_id
)
PLAIN = Opening()
"""Opens a token and reads nothing along with it."""
_LOCKING = Prepared(
    select(*WORKSPACES.columns, Token.__table__.c.revoked_at, Consent.__table__.c.revoked_at)
    .select_from(_TABLES)
    .where(Workspace.__table__.c.id == bindparam("workspace_id"), Token.__table__.c.id == bindparam("token_id"))
    .with_for_update(of=Workspace.__table__)
)


@lru_cache(512)
def _token(row: tuple[Any, ...]) -> Token:
    values = dict(zip(_TOKEN, row, strict=True))
    return Token(**{**values, "scopes": json.loads(values["scopes"])})


@lru_cache(512)
def _consent(row: tuple[Any, ...]) -> Consent | None:
    return Consent(**dict(zip(_CONSENT, row, strict=True))) if row[0] is not None else None
