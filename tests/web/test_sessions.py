"""Sessions: a new secret at each sign-in, limits, and what ends one takes effect on the next request."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain import members, opening, passwords, roles, sessions, sso
from portal.domain.sessions import ABSOLUTE, IDLE
from portal.models import Member, Session
from tests import factories
from tests.scim.okta import connect
from tests.support import site

NAME, HOST = "portal-session", "acme.portal.localhost"


def cookie(page) -> str:
    found = page.client.get_cookie(NAME, domain=HOST)
    assert found is not None
    return found.value


def signed_in_with(app, secret: str) -> bool:
    client = site.client(app, "acme")
    client.set_cookie(NAME, secret, domain=HOST)
    return client.get("/account").status_code == 200


def test_each_sign_in_makes_a_new_secret_and_ends_the_one_before(app, cast, at):
    page = at("acme", cast.ada)
    first = cookie(page)
    token = page.open("/account").page.xpath("//input[@name='csrf_token']/@value")[0]
    fields = {"email": cast.grace.user_name, "password": factories.PASSWORD, "csrf_token": token}
    answer = page.client.post("/sign-in", data=fields)
    assert answer.status_code == 303
    assert cookie(page) != first
    assert not signed_in_with(app, first)
    assert "Grace Hopper" in page.open("/account").text
    # The form token of the time before is of no use to whoever planted it.
    assert page.client.post("/account/sessions/end", data={"csrf_token": token}).status_code == 400


def test_a_secret_that_somebody_planted_is_not_taken_over(app, cast, at):
    page, planted = at("acme"), f"wps_{'x' * 43}"
    page.client.set_cookie(NAME, planted, domain=HOST)
    page.open("/sign-in").submit("Sign in", {"Email": cast.ada.user_name, "Password": factories.PASSWORD}, status=303)
    assert cookie(page) != planted
    assert not signed_in_with(app, planted)


def test_signing_out_ends_it_for_whoever_has_a_copy(app, cast, at):
    page = at("acme", cast.ada)
    copied = cookie(page)
    page.open("/account").submit("Sign out")
    assert not signed_in_with(app, copied)


@pytest.mark.parametrize("column", ["seen_at", "expires_at"])
def test_it_ends_after_8_idle_hours_and_after_7_days(app, cast, at, column):
    secret = cookie(at("acme", cast.ada))
    assert (timedelta(hours=8), timedelta(days=7)) == (IDLE, ABSOLUTE)
    with factories.inside(app, "acme") as ctx:
        row = ctx.session.scalars(select(Session)).one()
        assert row.expires_at - row.created_at == ABSOLUTE
    for left, alive in ((timedelta(minutes=1), True), (timedelta(minutes=-1), False)):
        with factories.inside(app, "acme") as ctx:
            row = ctx.session.scalars(select(Session)).one()
            row.seen_at, row.expires_at = ctx.now, ctx.now + ABSOLUTE
            setattr(row, column, ctx.now - IDLE + left if column == "seen_at" else ctx.now + left)
        assert signed_in_with(app, secret) is alive


ENDS = {
    "deactivated by SCIM": lambda app, person: connect(app).patch(
        f"/Users/{person.id}", {"op": "replace", "path": "active", "value": False}
    ),
    "deleted by SCIM": lambda app, person: connect(app)("DELETE", f"/Users/{person.id}"),
    "password changed elsewhere": lambda app, person: _within(
        app, person, lambda ctx, member: passwords.change(ctx, member, current=factories.PASSWORD, new="another long password", here="")
    ),
    "single sign-on required": lambda app, person: _within(app, person, lambda ctx, _: _required(ctx)),
    "ended by an admin": lambda app, person: _within(app, person, lambda ctx, member: sessions.end_all(ctx, member, "ended-by-admin")),
}


def _within(app, person, act) -> None:
    with factories.inside(app, "acme") as ctx:
        act(ctx, ctx.session.get_one(Member, person.id))


def _required(ctx) -> None:
    ctx.workspace.sso = "required"
    sessions.end_password_sessions(ctx)


@pytest.mark.parametrize("how", ENDS)
def test_what_ends_it_counts_on_the_next_request(app, cast, at, how):
    secret = cookie(at("acme", cast.grace))
    assert signed_in_with(app, secret)
    ENDS[how](app, cast.grace)
    assert not signed_in_with(app, secret)
    assert signed_in_with(app, cookie(at("acme", cast.ada)))


def test_a_role_that_okta_takes_away_counts_on_the_next_request(app, cast, at):
    page = at("acme", cast.grace).open("/settings/sso")
    okta = connect(app)
    okta.patch(f"/Users/{cast.grace.id}", {"op": "replace", "path": "roles", "value": [{"value": "contributor", "primary": True}]})
    page.open("/settings/sso", status=403)
    page.open("/account")


def test_a_custom_role_without_the_right_counts_on_the_next_request(app, cast, at):
    page = at("acme", cast.grace).open("/integrations")
    with factories.inside(app, "acme") as ctx:
        role = roles.create_custom(ctx, name="Reader", base_role="viewer", restricted_apps=[])
        members.update_member(ctx, ctx.session.get_one(Member, cast.grace.id), {"role": role.id})
    page.open("/integrations", status=403)


def test_tokens_of_a_deactivated_admin_live_on(app, cast, at):
    factories.enable_scim(app, "acme")
    page = at("acme", cast.grace).open("/integrations/tokens/new").submit("Generate new token", {"Name": "Okta"})
    [secret] = set(re.findall(r"wpt_[\w-]{43}", page.response.text))
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, ctx.session.get_one(Member, cast.grace.id), {"active": False})
    assert page.client.get("/account").status_code == 303
    with factories.inside(app, "acme") as ctx:
        assert opening.open_with(ctx.session, secret, ctx.now, "acme").workspace.slug == "acme"


def test_exempt_user_types_keep_passwords_where_sso_is_required(make_app):
    app = make_app(profile="productive")
    factories.make_workspace(app, "acme", "Acme")
    client = factories.make_person(app, "acme", "Cleo", "Client", user_type="client", role="client")
    employee = factories.make_person(app, "acme", "Emma", "Employee")
    secrets = {}
    for person in (client, employee):
        browser = site.client(app, "acme")
        factories.sign_in(app, browser, person)
        secrets[person.id] = browser.get_cookie(NAME, domain=HOST).value
    with factories.inside(app, "acme") as ctx:
        ctx.workspace.sso = "required"
        sessions.end_password_sessions(ctx)
        assert sso.mode(ctx) == "required"
    assert signed_in_with(app, secrets[client.id])
    assert not signed_in_with(app, secrets[employee.id])
