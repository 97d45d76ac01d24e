"""Deactivations that a workspace holds back, and the three ways in which they are let through."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select

from portal.domain import mass_decisions, members, pruning, tokens, workspaces
from portal.domain.actors import Actor
from portal.models import OutgoingMail, ProvisioningEvent
from tests import factories
from tests.scim.crowd import OFF, bulk, deactivate, events, hours_later
from tests.scim.okta import Okta

HELD = (
    "Held back: {} members were deactivated within an hour, and Acme holds further ones. An admin lets them through on the portal's "
    "home page, or revokes the token; retry then."
)


def test_version_1_counts_as_well(okta_of):
    okta = okta_of("travelbank")
    with factories.inside(okta.app, "acme", Actor("token", "Okta")) as ctx:
        workspaces.set_seats(ctx, None)
        mass_decisions.set_rule(ctx, percent=20, hold_further=True)
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
        mass_decisions.set_rule(ctx, percent=20, hold_further=True)
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
        mass_decisions.set_rule(ctx, percent=20, hold_further=True)
    assert deactivate(okta, people[:12])[-1] == 403
    page = at("acme", cast.grace).open("/settings/sso").submit("Save rule for mass deactivation", {"Go on": True})
    assert "Further deactivations are held" not in page.open("/").text
    assert set(deactivate(okta, people[10:20])) == {200}
    assert [(event.deactivated, event.holding) for event in events(app)] == [(20, False)]
    page.follow("Undo the deactivation of 10 members").submit("Reactivate 20 members")
