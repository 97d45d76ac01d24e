"""Pruning: what is past its use is deleted; the audit log never is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, tuple_
from sqlalchemy.orm import Session as Database

from portal.models import (
    AuthorizationCode,
    AuthorizationRequest,
    Deactivation,
    DeactivationMinute,
    MassDeactivation,
    OneTimeLink,
    OutgoingMail,
    ProvisioningEvent,
    RefusedSignIn,
    SamlRequest,
    SeenAssertion,
    Session,
    SignInTicket,
    Token,
    Workspace,
)

KEPT = timedelta(days=30)
REFUSED_KEPT = timedelta(days=90)
MAIL_KEPT = timedelta(days=90)
"""Longer than before the end of anything a warning is given, so that none is given twice."""

BATCH = 5000


def prune(database: Database, now: datetime) -> dict[str, int]:
    """Deletes expired requests, codes, links, sessions and tokens, and log rows past each workspace's `log_days`.

    Returns how many rows of each table went. Expired sessions and tokens stay for 30 days, so that logs can still name them.
    Commits BATCH rows at a time, and leaves what somebody else is writing just now to another day, so that no request waits long for it.
    """
    rules: list[tuple[type[Any], Any]] = [
        (SamlRequest, SamlRequest.expires_at < now - KEPT),
        (SeenAssertion, SeenAssertion.expires_at < now),
        (SignInTicket, SignInTicket.expires_at < now),
        (AuthorizationRequest, AuthorizationRequest.expires_at < now - KEPT),
        (AuthorizationCode, AuthorizationCode.expires_at < now - KEPT),
        (OneTimeLink, OneTimeLink.expires_at < now - KEPT),
        (Session, or_(Session.expires_at < now - KEPT, Session.ended_at < now - KEPT)),
        (Token, (Token.kind != "header") & or_(Token.expires_at < now - KEPT, Token.revoked_at < now - KEPT)),
        (RefusedSignIn, RefusedSignIn.at < now - REFUSED_KEPT),
        (Deactivation, or_(Deactivation.at < now - KEPT, Deactivation.event_id.is_(None) & (Deactivation.at < now - timedelta(hours=1)))),
        (DeactivationMinute, DeactivationMinute.minute < now - timedelta(hours=1)),
        (MassDeactivation, (MassDeactivation.last_at < now - KEPT) & ~_holding()),
        (OutgoingMail, OutgoingMail.created_at < now - MAIL_KEPT),
    ]
    for workspace_id, days in database.execute(select(Workspace.id, Workspace.log_days)):
        old = ProvisioningEvent.at < now - timedelta(days=days)
        rules.append((ProvisioningEvent, (ProvisioningEvent.workspace_id == workspace_id) & old))
    gone: dict[str, int] = {}
    for table, condition in rules:
        gone[table.__tablename__] = gone.get(table.__tablename__, 0) + _delete(database, table, condition)
    return gone


def _delete(database: Database, table: type[Any], condition: Any) -> int:
    key = table.__table__.primary_key.columns
    some = select(*key).where(condition).limit(BATCH).with_for_update(skip_locked=True).correlate(None)
    statement = delete(table).where(tuple_(*key).in_(some))
    count, more = 0, BATCH
    while more == BATCH:
        more = database.execute(statement, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
        database.commit()
        count += more
    return count


def _holding() -> Any:
    """Mass deactivations on account of which further ones are refused until somebody decides."""
    return MassDeactivation.held_at.is_not(None) & MassDeactivation.let_through_until.is_(None) & MassDeactivation.closed_at.is_(None)
