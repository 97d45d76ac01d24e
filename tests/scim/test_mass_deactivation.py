"""Unusually many deactivations within an hour: what counts, and that the owners are told and can undo all of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain import deactivation_minutes as minutes
from portal.domain import mass_deactivations, mass_decisions, members
from portal.domain.context import lock
from portal.models import AuditEntry, DeactivationMinute, OutgoingMail, Token
from portal.trip import Trips
from tests import factories
from tests.scim.crowd import active, bulk, by_minute, deactivate, events, hours_later, replace, sound
from tests.scim.statements import counted


@pytest.mark.parametrize("way", [deactivate, replace, bulk])
def test_owners_are_told_once_it_is_more_than_the_share_and_undo_brings_back_exactly_those(app, at, cast, crowd, way):
    okta, people = crowd
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, people[-1]), {"active": False})
    assert set(way(okta, people[:10])) == {200}
    assert events(app) == [], "10 of 53 are not more than a fifth"
    assert set(way(okta, people[10:15])) == {200}
    (event,) = events(app)
    assert (event.deactivated, event.active_before, event.held_at) == (15, 53, None)
    with factories.inside(app, "acme") as ctx:
        (mail,) = ctx.session.scalars(select(OutgoingMail))
        assert (mail.recipient, mail.kind, mail.facts["deactivated"]) == ("ada@acme.example", "mass-deactivation", 11)
        (token,) = ctx.session.scalars(select(Token))
        named = f"Okta …{token.last_four}"
        assert (mail.facts["by"], event.token_name) == (named, named), "several tokens may have one name"
    page = at("acme", cast.grace).open("/")
    assert "15 of 53 active members were deactivated within an hour" in page.text
    assert f"Okta did this with “{named}”" in page.text
    page.follow("Undo the deactivation of 15 members")
    assert page.heading == "Reactivate 15 members?"
    page.submit("Reactivate 15 members")
    assert page.notice == "15 members are active again."
    assert "Decided" in page.text
    assert active(app) == 49, "who was deactivated by hand stays so"
    assert "were deactivated within an hour" not in page.open("/").text
    sound(app)
    with factories.inside(app, "acme") as ctx:
        latest = ctx.session.scalars(select(AuditEntry).where(AuditEntry.workspace_id == ctx.workspace.id).order_by(AuditEntry.seq.desc()))
        assert next(latest).action == "workspace.mass-deactivation-undone"
        entry = next(latest)
        assert (entry.action, entry.actor_label, entry.after) == ("member.reactivated", "Grace Hopper", {"status": "active"})
    assert okta("GET", f"/Users/{people[0]}")[1]["active"] is True


def test_several_in_a_row_are_counted_afresh_after_each_decision(app, at, cast, crowd):
    okta, people = crowd
    deactivate(okta, people[:12])
    page = at("acme", cast.ada).open("/").follow("Undo the deactivation of 12 members").submit("Reactivate 12 members")
    deactivate(okta, people[:10])
    assert len(events(app)) == 1
    deactivate(okta, people[10:13])
    assert [event.deactivated for event in events(app)] == [12, 13]
    page.open("/").follow("See who it was among 13 deactivated members").follow("Leave them deactivated").submit("Leave them deactivated")
    assert "They stay deactivated" in page.notice
    deactivate(okta, people[20:28])
    hours_later(app)
    deactivate(okta, people[28:34])
    assert len(events(app)) == 2, "eight and six, more than an hour apart, are not many"
    hours_later(app)
    deactivate(okta, people[34:46])
    assert [event.deactivated for event in events(app)] == [12, 13, 12]
    assert page.open("/").text.count("were deactivated within an hour") == 1


def test_who_goes_back_and_forth_counts_once(app, cast, crowd):
    okta, people = crowd
    for _ in range(8):
        deactivate(okta, people[:2])
        assert {okta.patch(f"/Users/{key}", {"op": "replace", "value": {"active": True}})[0] for key in people[:2]} == {200}
    assert events(app) == []


def test_a_request_that_another_overtook_at_the_turn_of_a_minute_counts_with_it(app, cast, crowd):
    okta, people = crowd
    deactivate(okta, people[:1])
    with factories.inside(app, "acme") as ctx:
        (first,) = ctx.session.scalars(select(DeactivationMinute))
        next_minute = first.minute + timedelta(minutes=1)
        ctx.session.add(DeactivationMinute(workspace_id=ctx.workspace.id, minute=next_minute, active_before=52, deactivated=1))
    assert deactivate(okta, people[1:2]) == [200]
    assert by_minute(app) == [1, 2]
    assert okta.patch(f"/Users/{people[1]}", {"op": "replace", "value": {"active": True}})[0] == 200
    assert by_minute(app) == [1, 1]


def test_the_count_costs_the_same_whatever_was_deactivated_before(app, cast, crowd):
    okta, people = crowd
    deactivate(okta, people[:1])
    with counted() as few:
        deactivate(okta, people[1:2])
    deactivate(okta, people[2:40])
    with counted() as many:
        deactivate(okta, people[40:41])
    assert len(many) <= len(few) + 1, "the event's own row is one more"
    with factories.inside(app, "acme") as ctx:
        assert len(list(ctx.session.scalars(select(DeactivationMinute)))) <= 3


@pytest.mark.parametrize("way", [deactivate, replace])
def test_what_a_deactivation_asks_is_asked_along_with_the_lock(app, crowd, monkeypatch, way):
    okta, people = crowd
    deactivate(okta, people[:1])
    trips, make = [], Trips.make

    def noted(self, statements, ends=()):
        trips.append(statements)
        return make(self, statements, ends)

    monkeypatch.setattr(Trips, "make", noted)
    way(okta, people[1:2])
    begins = next((at for at, statements in enumerate(trips) if "FOR UPDATE" in statements[0][0]), 0)
    postgresql = app.config["SETTINGS"].database_url.startswith("postgresql")
    assert len(trips[begins:]) == (2 if postgresql else 0), "the lock with all that is read under it, and what is written"


def test_what_was_read_ahead_ends_with_the_lock(app, cast):
    with factories.inside(app, "acme") as ctx:
        for end in (lock, lambda ctx: mass_decisions.set_rule(ctx, percent=30, hold_further=True), minutes.count_afresh):
            ctx.session.commit()
            ctx.ahead = {query: None for query, _ in mass_deactivations.asks(ctx)}
            end(ctx)
            assert ctx.ahead == {}


def test_deactivating_by_hand_is_nobodys_mass_deactivation(app, cast, crowd):
    _okta, people = crowd
    with factories.inside(app, "acme") as ctx:
        for key in people[:20]:
            members.update_member(ctx, members.get(ctx, key), {"active": False})
    assert events(app) == []
