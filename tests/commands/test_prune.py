"""`portal prune` deletes what is past its use, keeps what is not, and follows each workspace's retention."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from portal.domain import audit, events, links, members, sessions, tokens
from portal.models import AuditEntry, OneTimeLink, ProvisioningEvent, RefusedSignIn, Session, Token
from tests import factories


def aged(ctx, table: type[Any], **columns: timedelta) -> None:
    """Moves the moments of the latest row of a table back."""
    row = next(ctx.session.scalars(select(table).order_by(table.id.desc())))
    ctx.session.execute(update(table).where(table.id == row.id).values({name: ctx.now - age for name, age in columns.items()}))


def entry(ctx, days: int) -> None:
    """An entry of the provisioning log so many days old."""
    key = f"{ctx.workspace.slug} {days}"
    at = ctx.now - timedelta(days=days)
    row = {"method": "GET", "path": "/", "operation": "read", "subject": key, "succeeded": True, "status": 200, "at": at}
    ctx.session.add(ProvisioningEvent(workspace_id=ctx.workspace.id, **row))


def test_what_is_past_its_use_goes_and_the_rest_stays(portal, app, cast):
    with factories.inside(app, "acme") as ctx:
        ada, mary = members.get(ctx, cast.ada.id), members.get(ctx, cast.mary.id)
        events.keep(ctx, 30)
        for days in (1, 29, 31, 89):
            entry(ctx, days)
        sessions.start(ctx, ada, method="password")
        ctx.session.flush()
        aged(ctx, Session, expires_at=timedelta(days=31))
        sessions.start(ctx, mary, method="password")
        links.make(ctx, ada, "reset")
        ctx.session.flush()
        aged(ctx, OneTimeLink, expires_at=timedelta(days=31))
        links.make(ctx, mary, "reset")
        for days in (89, 91):
            row = {"reason": "expired", "details": {}, "at": ctx.now - timedelta(days=days)}
            ctx.session.add(RefusedSignIn(workspace_id=ctx.workspace.id, **row))
        tokens.make(ctx, name="Expired long ago", expires_in=timedelta(days=1))[0].expires_at = ctx.now - timedelta(days=400)
        count = len(list(ctx.session.scalars(select(AuditEntry))))
    with factories.inside(app, "globex") as ctx:
        for days in (31, 89, 91):
            entry(ctx, days)
    said = portal("prune")
    for line in ("provisioning_events: 3 deleted", "sessions: 1 deleted", "one_time_links: 1 deleted", "refused_sign_ins: 1 deleted"):
        assert line in said, line
    with factories.inside(app, "acme") as ctx:
        kept = set(ctx.session.scalars(select(ProvisioningEvent.subject)))
        assert kept == {"acme 1", "acme 29", "globex 31", "globex 89"}
        assert len(list(ctx.session.scalars(select(AuditEntry)))) == count
        assert audit.first_broken(ctx) is None
        assert [token.name for token in ctx.session.scalars(select(Token))] == ["Expired long ago"], (
            "header tokens stay, so that pages warn"
        )
    assert "provisioning_events: 0 deleted" in portal("prune")
