"""`portal prune` deletes what is past its use, keeps what is not, and follows each workspace's retention."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from portal.domain import audit, events, links, members, pruning, sessions, tokens
from portal.extensions import db
from portal.models import AuditEntry, Deactivation, OneTimeLink, ProvisioningEvent, RefusedSignIn, Session, Token
from tests import factories
from tests.oauth import flow
from tests.scim.okta import connect
from tests.support.at_once import until_all_wait


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


def test_many_rows_go_in_several_transactions(app, cast, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    with factories.inside(app, "acme") as ctx:
        for days in (91, 92, 93, 94, 95):
            entry(ctx, days)
    with factories.inside(app, "acme") as ctx:
        assert pruning.prune(ctx.session, ctx.now)["provisioning_events"] == 5
        ctx.session.rollback()
    with factories.inside(app, "acme") as ctx:
        assert ctx.session.scalars(select(ProvisioningEvent)).all() == []


def test_what_somebody_is_writing_is_left_to_another_day(app, cast):
    with factories.inside(app, "acme") as ctx:
        for name in ("ada", "mary"):
            sessions.start(ctx, members.get(ctx, getattr(cast, name).id), method="password")
        ctx.session.flush()
        ctx.session.execute(update(Session).values(expires_at=ctx.now - timedelta(days=31)))
        if ctx.session.get_bind().dialect.name == "sqlite":  # where one writes at a time
            return
    with ThreadPoolExecutor(1) as pool, factories.inside(app, "acme") as ctx:
        sessions.end_all(ctx, members.get(ctx, cast.ada.id), "signed-out")
        assert pool.submit(pruned, app).result(5)["sessions"] == 1
    assert pruned(app)["sessions"] == 1


def test_requests_for_access_that_somebody_may_be_answering_stay(app, cast):
    flow.begun(app, flow.catalog(app))
    with app.app_context():
        for days, gone in ((1, 0), (31, 1)):
            assert pruning.prune(db.session(), datetime.now(UTC) + timedelta(days=days))["authorization_requests"] == gone


def test_a_member_is_removed_whose_deactivation_is_pruned_at_the_same_moment(app, cast):
    okta = connect(app)
    key = okta.make("nina@acme.example")["id"]
    assert okta("POST", "/Groups", {"displayName": "Singers", "members": [{"value": key}]})[0] == 201
    assert okta.patch(f"/Users/{key}", {"op": "replace", "value": {"active": False}})[0] == 200
    with app.app_context(), ThreadPoolExecutor(1) as pool:
        db.session.execute(delete(Deactivation))
        removing = pool.submit(okta, "DELETE", f"/Users/{key}")
        until_all_wait([removing])
        db.session.commit()
        assert removing.result(30) == (204, None)


def pruned(app):
    with app.app_context():
        return pruning.prune(db.session(), datetime.now(UTC))
