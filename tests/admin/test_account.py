"""One's own account: who one is, what one may do, the password, and the browsers one is signed in with."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain import members, sso
from portal.extensions import db
from portal.models import AuditEntry, Session
from tests import factories

NEW = "an entirely new password"
FIELDS = {"Current password": factories.PASSWORD, "New password": NEW}


def test_everyone_has_an_account_and_reads_what_they_may_do(at, cast):
    page = at("acme", cast.mary).open("/")
    assert page.path == "/account"
    assert "Your account" in page.links
    for text in ("Mary Shelley", "mary@acme.example", "Contributor", "View the workspace's home page and one's own account."):
        assert text in page.text
    assert "No: See members, teams, roles and seats." in page.text
    assert "No: Create, change and delete custom roles." in page.text
    refused = page.open("/members", status=403)
    assert "Your role lacks this right: see members, teams, roles and seats." in refused.text
    assert "Yes: Create, change and delete custom roles." in at("acme", cast.grace).open("/account").text
    assert "Admin, owner" in at("acme", cast.ada).open("/account").text
    assert at("acme").open("/account").heading == "Sign in to Acme"


def test_a_new_password_works_and_signs_other_browsers_out(app, at, cast):
    page, other = at("acme", cast.mary), at("acme", cast.mary)
    page.open("/account").submit("Change password", FIELDS)
    assert page.notice == "Your password is changed, and your other browsers are signed out."
    assert page.open("/account").heading == "Your account"
    assert other.open("/account").heading == "Sign in to Acme"
    other.submit("Sign in", {"Email": cast.mary.user_name, "Password": NEW})
    assert other.heading == "Your account"
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="member.password-set", actor_id=cast.mary.id).count() == 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"Current password": ""}, "Enter your current password."),
        ({"New password": ""}, "Enter a new password."),
        ({"Current password": "a wrong password"}, "This is not your current password."),
        ({"Current password": "a\x00b"}, "This is not your current password."),
        ({"New password": "short"}, "Enter 12 characters or more."),
        ({"New password": "x" * 257}, "Enter 256 characters at most."),
    ],
)
def test_a_wrong_form_changes_nothing(app, at, cast, fields, problem):
    page, other = at("acme", cast.mary), at("acme", cast.mary)
    page.open("/account").submit("Change password", FIELDS | fields, status=422)
    assert page.errors[0].startswith(problem)
    assert not any(value and value in page.response.text for value in fields.values())
    assert other.open("/account").heading == "Your account"
    assert other.submit("Change password", FIELDS).notice.startswith("Your password is changed")


def test_where_okta_signs_in_there_is_no_password_to_change(app, at, cast):
    page = at("acme", cast.grace).open("/account")
    data = {"csrf_token": page.page.xpath("//input[@name='csrf_token']/@value")[0], "current": factories.PASSWORD, "password": NEW}
    with factories.inside(app, "acme") as ctx:
        member = members.get(ctx, cast.grace.id)
        member.password_hash, before = None, member.password_hash
    assert "You have no password." in page.open("/account").text
    assert "Change password" not in page.buttons
    assert page.client.post("/account/password", data=data).status_code == 422
    with factories.inside(app, "acme") as ctx:
        members.get(ctx, cast.grace.id).password_hash = before
        ctx.workspace.sso = "required"
        assert sso.mode(ctx) == "required"
    assert "This workspace signs in with Okta" in page.open("/account").text
    assert page.client.post("/account/password", data=data).status_code == 422
    with factories.inside(app, "acme") as ctx:
        assert members.get(ctx, cast.grace.id).password_hash == before


def test_ones_browsers_are_listed_and_ended_one_by_one_or_together(app, at, cast):
    page, second, third = (at("acme", cast.mary) for _ in range(3))
    with factories.inside(app, "acme") as ctx:
        rows = ctx.session.query(Session).filter_by(member_id=cast.mary.id).order_by(Session.created_at).all()
        rows[1].user_agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
        rows[1].ip, rows[1].seen_at = "192.0.2.7", ctx.now - timedelta(minutes=30)
        seen = f"{rows[1].seen_at:%Y-%m-%d %H:%M:%S} UTC"
    page.open("/account")
    assert len(page.rows()) == 3
    assert any(row[0].startswith("Edge on Windows") and "192.0.2.7" in row[0] for row in page.rows())
    page.submit(f"Sign out the browser last seen {seen}")
    assert page.notice == "The browser is signed out."
    assert second.open("/account").heading == "Sign in to Acme"
    assert third.open("/account").heading == "Your account"
    page.open("/account").submit("Sign out all other browsers")
    assert page.notice == "1 other browser is signed out."
    assert len(page.rows()) == 1
    assert third.open("/account").heading == "Sign in to Acme"
    assert page.open("/account").heading == "Your account"


def test_nobody_ends_the_session_of_somebody_else(app, at, cast):
    page, other = at("acme", cast.mary).open("/account"), at("acme", cast.grace)
    token = page.page.xpath("//input[@name='csrf_token']/@value")[0]
    with factories.inside(app, "acme") as ctx:
        theirs = ctx.session.query(Session).filter_by(member_id=cast.grace.id).one().id
    for key in (theirs, "00000000-0000-4000-8000-000000000000", "x"):
        assert page.client.post(f"/account/sessions/{key}/end", data={"csrf_token": token}).status_code == 404
    assert page.client.post("/account/sessions/end", data={}).status_code == 400
    page.client.post("/account/sessions/end", data={"csrf_token": token})
    assert other.open("/account").heading == "Your account"
