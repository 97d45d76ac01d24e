"""Requests that wait for a workspace's lock together: nobody waits for somebody who waits for them, and each sees what went before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.domain import links, members, sessions, sso, tokens
from portal.domain.errors import Invalid, Taken
from portal.extensions import db
from portal.models import Member, Session, Token
from portal.web.tenancy import now
from tests import factories
from tests.factories import PASSWORD
from tests.saml.conftest import Browser, connect
from tests.scim.okta import connect as connect_okta
from tests.scim.words import PATCH
from tests.support import site
from tests.support.at_once import at_once, overtaken
from tests.support.idp import IdentityProvider
from tests.support.says import Says


def signing_in(pages, person, status=303):
    """The act of sending the sign-in page, opened beforehand."""
    pages.open("/sign-in")
    return lambda: pages.submit("Sign in", {"Email": person.user_name, "Password": PASSWORD}, status=status)


def of(ctx, person):
    return ctx.session.get_one(Member, person.id)


def live_sessions(app, person):
    with factories.inside(app, person.workspace) as ctx:
        return len(sessions.live(ctx, of(ctx, person)))


def seen_long_ago(app):
    with app.app_context():
        db.session.execute(update(Session).values(seen_at=now() - timedelta(minutes=5)))
        db.session.commit()


def test_all_who_sign_in_at_once_come_in(app, cast, at):
    people = (cast.ada, cast.ada, cast.grace, cast.alan)
    overtaken(app, "acme", [signing_in(at("acme"), person) for person in people])
    assert [live_sessions(app, person) for person in (cast.ada, cast.grace, cast.alan)] == [2, 1, 1]


def test_who_is_changed_while_they_sign_in_comes_in(app, cast, at):
    act = signing_in(at("acme"), cast.mary)
    overtaken(app, "acme", [act], lambda ctx: members.update_member(ctx, of(ctx, cast.mary), {"user_name": "shelley@acme.example"}))
    assert live_sessions(app, cast.mary) == 1


@pytest.mark.parametrize("change", ["deactivated", "other password"])
def test_who_may_not_sign_in_any_more_when_their_turn_comes_does_not(app, cast, at, change):
    def meanwhile(ctx):
        if change == "deactivated":
            members.update_member(ctx, of(ctx, cast.mary), {"active": False})
        else:
            of(ctx, cast.mary).password_hash = None

    overtaken(app, "acme", [signing_in(at("acme"), cast.mary, status=422)], meanwhile)
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, of(ctx, cast.mary), {"active": True})
    assert live_sessions(app, cast.mary) == 0


def test_a_link_that_is_replaced_while_it_is_used_opens_nothing(app, cast, at):
    with factories.inside(app, "acme") as ctx:
        secret = links.make(ctx, of(ctx, cast.mary), "reset")
    pages = at("acme").open(f"/set-password/{secret}")
    overtaken(
        app,
        "acme",
        [lambda: pages.submit("Set password", {"New password": "another password"}, status=410)],
        lambda ctx: links.make(ctx, of(ctx, cast.mary), "reset"),
    )


def test_a_session_that_is_ended_while_its_form_waits_changes_nothing(app, cast, at):
    pages = at("acme", cast.grace).open("/integrations/tokens/new")
    seen_long_ago(app)
    overtaken(
        app,
        "acme",
        [lambda: pages.submit("Generate new token", {"Name": "Late"}, status=303)],
        lambda ctx: sessions.end_all(ctx, of(ctx, cast.grace), "ended-by-admin"),
    )
    assert pages.response.location.startswith("/sign-in")
    with factories.inside(app, "acme") as ctx:
        assert ctx.session.scalars(select(Token)).all() == []


def test_who_comes_in_twice_at_once_for_the_first_time_is_made_once(app, cast, client):
    idp = IdentityProvider()
    connect(app, "acme", idp)
    browsers = [Browser(client("acme"), idp) for _ in range(3)]
    arrived = [browser.post(idp.response(Says(name_id="nina@acme.example", request_id=browser.start()))) for browser in browsers]
    acts = [lambda browser=browser, answer=answer: browser.arrive(answer) for browser, answer in zip(browsers, arrived, strict=True)]
    assert [answer.location for answer in overtaken(app, "acme", acts)] == ["/"] * 3
    with factories.inside(app, "acme") as ctx:
        nina = members.by_user_name(ctx, "nina@acme.example")
        assert nina is not None
        assert len(sessions.live(ctx, nina)) == 3


def test_a_first_call_during_which_its_token_is_revoked_is_the_last(app, cast):
    okta = connect_okta(app)
    answers = overtaken(
        app,
        "acme",
        [lambda: okta("GET", "/Users")[0]],
        lambda ctx: tokens.revoke(ctx, ctx.session.scalars(select(Token)).one()),
    )
    assert (answers, okta("GET", "/Users")[0]) == ([200], 401)


def test_deactivations_that_are_held_at_once_are_all_refused(app, cast):
    okta = connect_okta(app)
    people = [okta.make(f"p{number}@acme.example")["id"] for number in range(14)]
    with factories.inside(app, "acme") as ctx:
        ctx.workspace.hold_mass_deactivation, ctx.workspace.mass_deactivation_percent = True, 20
    off = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    statuses = [okta("PATCH", f"/Users/{key}", off)[0] for key in people[:11]]
    headers = {"Authorization": f"Bearer {okta.token}"}
    acts = [
        lambda key=key: site.client(app, "acme").patch(f"/scim/v2/Users/{key}", json=off, headers=headers).status_code
        for key in people[11:]
    ]
    assert 403 in statuses
    assert overtaken(app, "acme", acts) == [403] * 3


def test_of_two_commands_at_once_one_makes_the_workspace(app):
    def make(_):
        try:
            factories.make_workspace(app, "acme", "Acme")
        except Taken as error:
            return error.message
        return "made"

    assert sorted(at_once(4, make)) == [*["There is a workspace “acme” already."] * 3, "made"]


def test_a_page_that_gives_members_their_texts_waits_for_nobody_who_writes_them(app, cast):
    okta = connect_okta(app)
    okta("GET", "/Users")  # its first call is noted
    with factories.inside(app, "acme") as ctx:
        ctx.session.execute(update(Member).values(wire=None))
        if ctx.session.get_bind().dialect.name == "sqlite":  # where whoever writes waits for everybody who does
            return
    with ThreadPoolExecutor(1) as pool, factories.inside(app, "acme") as ctx:
        of(ctx, cast.mary).title = "Author"
        ctx.session.flush()
        assert pool.submit(okta, "GET", "/Users").result(5)[0] == 200
    assert okta("GET", f"/Users/{cast.mary.id}")[1]["title"] == "Author"


def test_nobody_comes_in_through_a_connection_that_is_ended_on_their_way(app, cast, client):
    idp = IdentityProvider()
    connection_id = connect(app, "acme", idp)
    browser = Browser(client("acme"), idp)
    arrived = browser.post(idp.response(Says(name_id=cast.mary.user_name, request_id=browser.start())))
    (answer,) = overtaken(app, "acme", [lambda: browser.arrive(arrived)], lambda ctx: sso.retire(ctx, sso.get(ctx, connection_id)))
    assert (answer.status_code, live_sessions(app, cast.mary)) == (403, 0)


def test_metadata_that_was_fetched_meanwhile_changes_no_ended_connection(app, cast):
    idp = IdentityProvider()
    connection_id = connect(app, "acme", idp)
    with factories.inside(app, "acme") as ctx:
        connection = sso.get(ctx, connection_id)
        sso.retire(ctx, connection)
        with pytest.raises(Invalid, match="ended meanwhile"):
            sso.refresh(ctx, connection, sso.Provider(idp.issuer, "https://other.example/sso", [idp.key.certificate]))
        assert connection.sso_url == idp.sso_url
