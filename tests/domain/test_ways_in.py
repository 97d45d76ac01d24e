"""Links, recovery codes and tickets: each clause that keeps one from opening more than it should."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain import links, members, recovery, sessions, sso_attempts
from portal.domain.errors import Expired, Invalid, NotAllowed
from portal.domain.sign_in import Identity
from portal.models import Connection, Member, OneTimeLink, Session
from portal.vault import digest
from tests import factories
from tests.support import things

LONG = "a new long password"


@pytest.fixture
def ctx(app, cast):
    with factories.inside(app, "acme") as ctx:
        yield ctx


@pytest.fixture
def ada(ctx, cast):
    return ctx.session.get_one(Member, cast.ada.id)


def test_a_link_opens_for_its_purpose_until_it_ends(ctx, ada):
    secret = links.make(ctx, ada, "reset")
    assert links.peek(ctx, secret) is ada
    with pytest.raises(Expired):
        links.use(ctx, secret, recovery.LINK)
    row = ctx.session.scalars(select(OneTimeLink).where(OneTimeLink.secret_hash == digest(secret))).one()
    assert row.expires_at - row.created_at == timedelta(hours=24)
    row.expires_at = ctx.now
    for use in (links.peek, links.use):
        with pytest.raises(Expired):
            use(ctx, secret)


def test_a_new_link_ends_the_earlier_one_of_the_same_member_only(ctx, ada, cast):
    other = links.make(ctx, ctx.session.get_one(Member, cast.grace.id), "invitation")
    first, second = links.make(ctx, ada, "invitation"), links.make(ctx, ada, "reset")
    with pytest.raises(Expired):
        links.peek(ctx, first)
    assert links.peek(ctx, second) is ada
    assert links.peek(ctx, other).id == cast.grace.id


def test_a_link_of_a_deactivated_member_opens_nothing(ctx, cast):
    mary = ctx.session.get_one(Member, cast.mary.id)
    secret = links.make(ctx, mary, "invitation")
    members.update_member(ctx, mary, {"active": False})
    with pytest.raises(Expired):
        links.redeem(ctx, secret, LONG)
    assert mary.password_hash != LONG


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 257])
def test_a_password_too_short_or_long_uses_no_link_up(ctx, ada, password):
    secret = links.make(ctx, ada, "reset")
    with pytest.raises(Invalid):
        links.redeem(ctx, secret, password)
    assert links.redeem(ctx, secret, LONG) is ada


def test_a_redeemed_link_ends_the_members_sessions_and_is_used_up(ctx, ada):
    sessions.start(ctx, ada, method="password")
    ctx.session.flush()
    secret = links.make(ctx, ada, "reset")
    links.redeem(ctx, secret, LONG)
    assert sessions.live(ctx, ada) == []
    with pytest.raises(Expired):
        links.redeem(ctx, secret, LONG)


def test_a_recovery_code_is_of_no_use_to_a_former_or_deactivated_owner(ctx, ada, cast):
    code = recovery.make(ctx, ada)[0]
    members.create(ctx, {"user_name": "second@acme.example", "role": "admin"}, source="manual", owner=True)
    for change in ({"active": False}, {"owner": False}):
        with ctx.session.begin_nested() as step:
            for name, value in change.items():
                setattr(ada, "status" if name == "active" else name, "inactive" if name == "active" else value)
            ctx.session.flush()
            for attempt in (lambda: recovery.redeem(ctx, ada.user_name, code), lambda: recovery.make(ctx, ada)):
                with pytest.raises(NotAllowed):
                    attempt()
            step.rollback()
        ctx.session.refresh(ada)
    assert recovery.redeem(ctx, ada.user_name, code) is ada


@pytest.mark.parametrize("logout", [False, True])
def test_a_ticket_is_good_for_what_it_was_made_for(ctx, logout):
    secret = things.ticket(ctx, logout=logout)
    ctx.session.flush()
    assert sso_attempts.redeem(ctx, secret, logout=not logout) is None
    assert sso_attempts.redeem(ctx, secret, logout=logout) is not None
    assert sso_attempts.redeem(ctx, secret, logout=logout) is None


def test_a_logout_ticket_needs_a_session_that_came_from_there(ctx, ada):
    sessions.start(ctx, ada, method="sso", connection_id=things.connection(ctx)["connection_id"], name_id="ada")
    ctx.session.flush()
    row = ctx.session.scalars(select(Session)).one()
    assert sso_attempts.make_logout_ticket(ctx, row) is not None
    for name, value in (("name_id", None), ("connection_id", None), ("connection_id", "unknown")):
        before = getattr(row, name)
        setattr(row, name, value)
        assert sso_attempts.make_logout_ticket(ctx, row) is None
        setattr(row, name, before)
    ctx.session.get_one(Connection, row.connection_id).slo_url = None
    assert sso_attempts.make_logout_ticket(ctx, row) is None


def test_a_request_waits_for_ten_minutes_in_its_workspace_and_is_answered_once(app, ctx, cast):
    connection = ctx.session.get_one(Connection, things.connection(ctx)["connection_id"])
    request_id = sso_attempts.begin(ctx, connection, "sign-in", "browser")
    ctx.session.flush()
    request = sso_attempts.waiting(ctx, request_id)
    assert request is not None
    assert request.expires_at - request.created_at == timedelta(minutes=10)
    request.expires_at = ctx.now
    ctx.session.flush()
    assert sso_attempts.waiting(ctx, request_id) is None
    assert not sso_attempts.answer(ctx, request)
    request.expires_at = ctx.now + timedelta(minutes=1)
    ctx.session.flush()
    assert sso_attempts.answer(ctx, request)
    assert not sso_attempts.answer(ctx, request)


def test_an_assertion_is_remembered_by_issuer_and_id(ctx):
    until = ctx.now + timedelta(minutes=5)
    assert sso_attempts.remember(ctx, "issuer", "id", until)
    assert not sso_attempts.remember(ctx, "issuer", "id", until)
    assert sso_attempts.remember(ctx, "another", "id", until)
    assert sso_attempts.remember(ctx, "issuer", "another", until)


def test_an_identity_stays_what_the_assertion_said(ctx):
    secret = things.ticket(ctx)
    ctx.session.flush()
    ticket = sso_attempts.redeem(ctx, secret)
    assert ticket is not None
    assert sso_attempts.identity_of(ticket) == Identity("x")
