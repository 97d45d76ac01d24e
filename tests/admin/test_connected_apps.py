"""Connected apps: who connected what, and how it ends."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.domain import members, provisioning
from portal.domain import opening as domain
from portal.extensions import db
from portal.models import AuditEntry, Member
from portal.web.tenancy import now
from tests import factories
from tests.oauth import flow


def test_nothing_connected_yet_says_how_to(at, cast):
    pages = at("acme", cast.grace).open("/connected-apps")
    assert "No connected apps" in pages.text
    assert "Authenticate with Productboard" in pages.text
    assert "asks for the subdomain acme" in pages.text


def test_connection_shows_who_when_and_what_for(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client, scope="scim:users:read scim:groups:read")
    pages = at("acme", cast.grace).open("/connected-apps")
    assert "Connected" in pages.text
    assert "Authorized by Ada Lovelace" in pages.text
    assert "See the members of this workspace." in pages.text
    assert "Add, change, deactivate" not in pages.text
    assert "Last used Never" in pages.text
    with factories.inside(app, "acme") as ctx:
        domain.note_use(ctx.session, domain.open_with(ctx.session, issued["access_token"], ctx.now, None), ctx.now)
    assert "Last used Never" not in pages.open("/connected-apps").text
    with factories.inside(app, "acme") as ctx:
        assert "token" in provisioning.reached(ctx)


def test_disconnecting_ends_it_at_once(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client)
    pages = at("acme", cast.grace).open("/connected-apps").follow("Disconnect Okta")
    assert pages.heading == "Disconnect Okta?"
    assert "It was never used." in pages.text
    assert pages.links.count("Connected apps") == 2, "in the menu, and back"
    pages.submit("Disconnect")
    assert pages.notice == "Okta is disconnected."
    assert "An admin disconnected it." in pages.text
    with app.app_context():
        with pytest.raises(domain.BadToken, match="the app “Okta” was disconnected on "):
            domain.open_with(db.session(), issued["access_token"], now(), None)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "consent.ended")).one()
        assert (entry.actor_label, entry.subject_label, entry.after) == ("Grace Hopper", "Okta", {"because": "disconnected"})
    assert flow.refresh(app, client, issued["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_connection_outlives_the_admin_who_gave_it(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.grace, client)
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, ctx.session.get_one(Member, cast.grace.id), {"active": False})
    with app.app_context():
        assert domain.open_with(db.session(), issued["access_token"], now(), None).workspace.slug == "acme"
    assert flow.refresh(app, client, issued["refresh_token"]).status_code == 200
    assert "Authorized by Grace Hopper" in at("acme", cast.ada).open("/connected-apps").text


def test_authorization_that_was_never_picked_up_is_no_connection(app, at, cast):
    flow.code(app, at, cast.grace, flow.catalog(app))
    assert "No connected apps" in at("acme", cast.grace).open("/connected-apps").text


def test_other_workspace_sees_nothing(app, at, cast):
    flow.tokens(app, at, cast.grace, flow.catalog(app))
    assert "No connected apps" in at("globex", cast.hank).open("/connected-apps").text
