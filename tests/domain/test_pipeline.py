"""Statements that wait on a connection: they run before the next one or with the commit, and a rollback forgets them."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from portal.domain.context import Context
from portal.extensions import db
from portal.models import SetupMilestone
from portal.models.prepared import Prepared, first_of_each
from tests import factories

ADD = Prepared(insert(SetupMilestone), ["workspace_id", "step", "at"])
FOUND = Prepared(
    select(SetupMilestone.step).where(SetupMilestone.workspace_id == bindparam("here"), SetupMilestone.step == bindparam("step"))
)


def later(ctx: Context, *steps: str) -> None:
    ADD.later_each(ctx.session, [{"workspace_id": ctx.workspace.id, "step": step, "at": ctx.now} for step in steps])


def steps(ctx: Context) -> set[str]:
    return set(ctx.session.scalars(select(SetupMilestone.step).where(SetupMilestone.workspace_id == ctx.workspace.id)))


def test_what_waits_is_seen_by_whatever_comes_next(app, cast):
    with factories.inside(app, "acme") as ctx:
        later(ctx, "one")
        assert steps(ctx) == {"one"}
        later(ctx, "two")
        assert FOUND.first(ctx.session, here=ctx.workspace.id, step="two") == ("two",)
        later(ctx, "three")
        known = {"here": ctx.workspace.id}
        assert first_of_each(ctx.session, [(FOUND, {**known, "step": "three"}), (FOUND, {**known, "step": "four"})]) == [("three",), None]


def test_it_is_committed_with_the_rest(app, cast):
    with factories.inside(app, "acme") as ctx:
        later(ctx, "one", "two")
    with factories.inside(app, "acme") as ctx:
        assert steps(ctx) == {"one", "two"}


def test_a_rollback_forgets_it_and_a_savepoint_takes_back_its_own(app, cast):
    with factories.inside(app, "acme") as ctx:
        later(ctx, "before")
        savepoint = ctx.session.begin_nested()
        later(ctx, "within")
        savepoint.rollback()
        later(ctx, "after")
        assert steps(ctx) == {"before", "after"}
        later(ctx, "lost")
        db.session.rollback()
    with factories.inside(app, "acme") as ctx:
        assert steps(ctx) == set()


def test_a_transaction_can_begin_with_what_waits_and_be_taken_back(app, cast):
    with factories.inside(app, "acme") as ctx:
        here = ctx.workspace.id
    with app.app_context():
        session = db.session()
        ADD.later(session, workspace_id=here, step="lost", at=ctx.now)
        assert first_of_each(session, [(FOUND, {"here": here, "step": "lost"})]) == [("lost",)]
        session.rollback()
        ADD.later(session, workspace_id=here, step="kept", at=ctx.now)
        session.commit()
    with factories.inside(app, "acme") as ctx:
        assert steps(ctx) == {"kept"}


def test_what_the_database_refuses_is_raised_and_nothing_stays(app, cast):
    with pytest.raises(IntegrityError), factories.inside(app, "acme") as ctx:
        later(ctx, "good", "twice", "twice")
    with factories.inside(app, "acme") as ctx:
        assert steps(ctx) == set()


def test_more_than_can_wait_together_is_written_all_the_same(app, cast):
    with factories.inside(app, "acme") as ctx:
        later(ctx, *[f"step {number}" for number in range(1200)])
    with factories.inside(app, "acme") as ctx:
        assert len(steps(ctx)) == 1200
