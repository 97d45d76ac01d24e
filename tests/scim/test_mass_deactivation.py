"""Unusually many deactivations within an hour: the owners are told, all of it can be undone, and a workspace may hold further ones."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.domain import invariants, mass_deactivations, members, pruning, tokens, workspaces
from portal.domain.actors import Actor
from portal.models import AuditEntry, Deactivation, DeactivationMinute, MassDeactivation, Member, OutgoingMail, ProvisioningEvent
from tests import factories
from tests.scim.okta import Okta, connect
from tests.scim.statements import counted
from tests.scim.words import PATCH

HELD = (
    "Held back: {} members were deactivated within an hour, and Acme holds further ones. An admin lets them through on the portal's "
    "home page, or revokes the token; retry then."
)
OFF = {"op": "replace", "value": {"active": False}}


@pytest.fixture
def crowd(app, cast):
    """Acme with fifty members from Okta beside the cast, and no limit of seats."""
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, None)
    okta = connect(app)
    with factories.inside(app, "acme", Actor("token", "Okta")) as ctx:
        made = [members.create(ctx, {"user_name": f"p{number}@acme.example", "role": "maker"}, source="scim") for number in range(50)]
        return okta, [member.id for member in made]


def events(app):
    with factories.inside(app, "acme") as ctx:
        return list(ctx.session.scalars(select(MassDeactivation).order_by(MassDeactivation.began_at)))


def active(app):
    with factories.inside(app, "acme") as ctx:
        own = Member.workspace_id == ctx.workspace.id, Member.status == "active", Member.user_name.startswith("p")
        return ctx.session.scalar(select(func.count()).where(*own))


def sound(app):
    with factories.inside(app, "acme") as ctx:
        assert list(invariants.broken(ctx)) == []


def hours_later(app, hours=1.1):
    """As if what happened had happened earlier."""
    earlier = timedelta(hours=hours)
    with factories.inside(app, "acme") as ctx:
        for table, column in ((DeactivationMinute, "minute"), (Deactivation, "at"), (MassDeactivation, "last_at")):
            for row in ctx.session.scalars(select(table)):
                setattr(row, column, getattr(row, column) - earlier)


def deactivate(okta, ids):
    return [okta.patch(f"/Users/{key}", OFF)[0] for key in ids]


def replace(okta, ids):
    names = [okta("GET", f"/Users/{key}")[1]["userName"] for key in ids]
    return [okta("PUT", f"/Users/{key}", {"userName": name, "active": False})[0] for key, name in zip(ids, names, strict=True)]


def bulk(okta, ids):
    data = {"schemas": [PATCH], "Operations": [OFF]}
    operations = [{"method": "PATCH", "path": f"/Users/{key}", "data": data} for key in ids]
    status, body = okta("POST", "/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
    assert status == 200
    return [int(item["status"]) for item in body["Operations"]]


@pytest.mark.parametrize("way", [deactivate, replace, bulk])
def test_owners_are_told_once_it_is_more_than_the_share_and_undo_brings_back_exactly_those(app, at, cast, crowd, way):
    okta, people = crowd
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, people[-1]), {"active": False})
    assert set(way(okta, people[:10])) == {200}
    assert events(app) == [], "10 of 53 are not more than a fifth"
    assert set(way(okta, people[10:15])) == {200}
    (event,) = events(app)
    assert (event.deactivated, event.active_before, event.token_name, event.held_at) == (15, 53, "Okta", None)
    with factories.inside(app, "acme") as ctx:
        (mail,) = ctx.session.scalars(select(OutgoingMail))
        assert (mail.recipient, mail.kind, mail.facts["deactivated"]) == ("ada@acme.example", "mass-deactivation", 11)
    page = at("acme", cast.grace).open("/")
    assert "15 of 53 active members were deactivated within an hour" in page.text
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


def test_version_1_counts_as_well(okta_of):
    okta = okta_of("travelbank")
    with factories.inside(okta.app, "acme", Actor("token", "Okta")) as ctx:
        workspaces.set_seats(ctx, None)
        mass_deactivations.set_rule(ctx, percent=20, hold_further=True)
        people = [members.create(ctx, {"user_name": f"p{number}@acme.example"}, source="scim").id for number in range(20)]
    headers = {"Authorization": f"Bearer {okta.token}"}

    def send(method, key, body=None):
        return okta.http.open(f"/scim/v1/Users/{key}", method=method, json=body, headers=headers)

    name = {"givenName": "P", "familyName": "P"}
    for number, key in enumerate(people[:9]):
        body = {"userName": f"p{number}@acme.example", "name": name, "emails": [{"value": f"p{number}@acme.example"}], "active": False}
        answer = (
            send("PATCH", key, {"active": False}) if number % 3 == 0 else send("PUT", key, body) if number % 3 == 1 else send("DELETE", key)
        )
        assert answer.status_code in (200, 204), answer.text
    refused = send("DELETE", people[9])
    assert (refused.status_code, refused.json["detail"]) == (403, HELD.format(9))
    assert refused.json["Errors"][0]["description"] == HELD.format(9)
    (event,) = events(okta.app)
    assert (event.deactivated, event.active_before, event.holding) == (9, 24, True)


def test_removed_members_come_back_with_their_groups_unless_their_name_is_taken(app, at, cast, crowd):
    okta, people = crowd
    group = okta("POST", "/Groups", {"displayName": "Makers", "members": [{"value": key} for key in people[:3]]})[1]
    deactivate(okta, people[:1])
    assert {okta("DELETE", f"/Users/{key}")[0] for key in people[:12]} == {204}
    assert [event.deactivated for event in events(app)] == [12]
    taken = okta.make("P1@acme.example")
    page = at("acme", cast.ada).open("/").follow("Undo the deactivation of 12 members")
    assert "p1@acme.example: another member has the user name “p1@acme.example” now" in page.text
    page.submit("Reactivate 11 members")
    assert "1 member is still deactivated. p1@acme.example: another member" in page.notice
    sound(app)
    assert {item["value"] for item in okta("GET", f"/Groups/{group['id']}")[1]["members"]} == {people[0], people[2]}
    okta.patch(f"/Users/{taken['id']}", {"op": "replace", "value": {"userName": "other@acme.example"}})
    page.follow("Undo").submit("Reactivate 1 member")
    sound(app)
    assert okta("GET", f"/Users/{people[1]}")[0] == 200


def test_an_undo_stays_within_seats_and_names_who_does_not_fit(app, at, cast, crowd):
    okta, people = crowd
    deactivate(okta, people[:12])
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, ctx.workspace.seats_used + 8)
    page = at("acme", cast.ada).open("/").follow("Undo the deactivation of 12 members")
    assert page.heading == "Reactivate 8 members?"
    assert "4 stay deactivated 8 seats are free." in page.text
    page.submit("Reactivate 8 members")
    assert page.notice.startswith("4 members are still deactivated. p8@acme.example: no seat is free; p9@acme.example: no seat is free;")
    assert page.notice.endswith("8 members are active again.")
    assert [row[0] for row in page.rows()] == [f"p{number}@acme.example" for number in range(8, 12)]
    page.follow("Undo")
    assert page.heading == "Nobody can be reactivated"
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, None)
        members.update_member(ctx, members.get(ctx, people[8]), {"active": True})
        members.update_member(ctx, members.get(ctx, people[8]), {"active": False})
    page.open("/").follow("Undo the deactivation of 12 members").submit("Reactivate 3 members")
    assert page.notice == "3 members are active again."
    assert active(app) == 49, "who was reactivated meanwhile, and deactivated again by hand, is no part of it any more"
    sound(app)


def test_two_admins_at_once_and_one_twice_are_told_that_it_is_decided(app, at, cast, crowd):
    okta, people = crowd
    deactivate(okta, people[:12])
    (event,) = events(app)
    first, second = at("acme", cast.ada).open("/"), at("acme", cast.grace).open("/")
    second.follow("Undo the deactivation of 12 members")
    first.follow("Undo the deactivation of 12 members").submit("Reactivate 12 members")
    assert second.submit("Reactivate 12 members").notice == "This was decided already."
    assert first.open(f"/mass-deactivations/{event.id}/undo").notice == "This was decided already."
    first.open(f"/mass-deactivations/{event.id}/keep").submit("Leave them deactivated")
    assert first.notice == "This was decided already."
    at("globex", cast.hank).open(f"/mass-deactivations/{event.id}", status=404)
    at("acme", cast.mary).open(f"/mass-deactivations/{event.id}", status=403)


def test_two_admins_in_the_same_moment_bring_each_member_back_once(app, at, cast, crowd):
    okta, people = crowd
    deactivate(okta, people[:12])
    pages = [at("acme", person).open("/").follow("Undo the deactivation of 12 members") for person in (cast.ada, cast.grace)]
    ready, said = threading.Barrier(2), []

    def press(page):
        ready.wait()
        said.append(page.submit("Reactivate 12 members").notice)

    threads = [threading.Thread(target=press, args=[page]) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["12 members are active again.", "This was decided already."]
    sound(app)


def test_only_owners_bring_back_an_owner(app, at, cast, crowd):
    okta, people = crowd
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, people[0]), {"owner": True})
    deactivate(okta, people[:12])
    page = at("acme", cast.grace).open("/").follow("Undo the deactivation of 12 members")
    assert "p0@acme.example: only owners bring back an owner" in page.text
    page.submit("Reactivate 11 members")
    at("acme", cast.ada).open("/").follow("Undo the deactivation of 12 members").submit("Reactivate 1 member")
    assert active(app) == 50


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


def test_held_deactivations_are_refused_until_an_admin_lets_them_through(app, at, cast, crowd):
    okta, people = crowd
    page = at("acme", cast.grace).open("/settings/sso")
    page.submit("Save rule for mass deactivation", {"Unusually many is more than": "0", "Are held": True})
    assert page.notice == "The rule for mass deactivation stays as it is. Enter a whole number from 1 to 100."
    page.submit("Save rule for mass deactivation", {"Unusually many is more than": "30", "Are held": True})
    assert page.value("Unusually many is more than") == "30"
    assert deactivate(okta, people[:17]) == [200] * 16 + [403], "16 of 54 are less than 30 percent"
    status, body = okta.patch(f"/Users/{people[17]}", OFF)
    assert (status, body["detail"]) == (
        403,
        HELD.format(16),
    )
    assert bulk(okta, people[16:18]) == [403, 403]
    assert okta.patch(f"/Users/{people[17]}", {"op": "replace", "value": {"title": "Still here"}})[0] == 200
    (event,) = events(app)
    assert (event.deactivated, event.refused, event.holding) == (16, 4, True)
    with factories.inside(app, "acme") as ctx:
        assert [mail.facts["held"] for mail in ctx.session.scalars(select(OutgoingMail))] == [True]
        refused = select(func.count()).where(ProvisioningEvent.status == 403, ProvisioningEvent.detail.startswith("Held back"))
        assert ctx.session.scalar(refused) == 4
    hours_later(app, 30 * 24)
    with factories.inside(app, "acme") as ctx:
        pruning.prune(ctx.session, datetime.now(UTC))
    assert deactivate(okta, people[16:17]) == [403], "time alone lets nothing through"
    assert "Let further deactivations through on the home page" in page.open("/provisioning-log").text
    page.open("/")
    assert "Further deactivations are held." in page.text
    page.follow("See who it was among 16 deactivated members").follow("Let further ones through").submit("Let them through")
    assert page.notice == "Deactivations are let through for an hour. Retry the failed tasks in Okta."
    assert set(deactivate(okta, people[16:40])) == {200}
    assert [event.deactivated for event in events(app)] == [40]


def test_a_revoked_token_ends_the_hold(app, at, cast, crowd):
    okta, people = crowd
    with factories.inside(app, "acme") as ctx:
        mass_deactivations.set_rule(ctx, percent=20, hold_further=True)
    assert deactivate(okta, people[:12])[-2:] == [403, 403]
    with factories.inside(app, "acme") as ctx:
        for token in tokens.header_tokens(ctx):
            tokens.revoke(ctx, token)
    assert deactivate(okta, people[10:11]) == [401]
    renewed = Okta(app)
    assert deactivate(renewed, people[10:11]) == [200]


def test_whoever_stops_holding_lets_through_what_is_held(app, at, cast, crowd):
    okta, people = crowd
    with factories.inside(app, "acme") as ctx:
        mass_deactivations.set_rule(ctx, percent=20, hold_further=True)
    assert deactivate(okta, people[:12])[-1] == 403
    page = at("acme", cast.grace).open("/settings/sso").submit("Save rule for mass deactivation", {"Go on": True})
    assert "Further deactivations are held" not in page.open("/").text
    assert set(deactivate(okta, people[10:20])) == {200}
    assert [(event.deactivated, event.holding) for event in events(app)] == [(20, False)]
    page.follow("Undo the deactivation of 10 members").submit("Reactivate 20 members")


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


def test_deactivating_by_hand_is_nobodys_mass_deactivation(app, cast, crowd):
    _okta, people = crowd
    with factories.inside(app, "acme") as ctx:
        for key in people[:20]:
            members.update_member(ctx, members.get(ctx, key), {"active": False})
    assert events(app) == []
