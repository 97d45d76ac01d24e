"""Who is brought back when a mass deactivation is undone, by whom, and who stays deactivated."""

from __future__ import annotations

from portal.domain import members, workspaces
from tests import factories
from tests.scim.crowd import active, deactivate, events, sound
from tests.support.at_once import at_once


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
    said = at_once(2, lambda number: pages[number].submit("Reactivate 12 members").notice)
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
