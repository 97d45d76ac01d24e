"""Every bad response through the front door: no session, a plain page, and the reason on the troubleshooting page."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.domain import keys, sso_attempts
from portal.domain.refusals import reason
from portal.extensions import db
from portal.models import Session, SignInTicket
from tests import factories
from tests.saml.cases import REQUEST, cases
from tests.saml.conftest import connect
from tests.support.idp import posted
from tests.support.says import Says


def test_no_bad_response_comes_in(app, cast, browser_at, idp, at):
    """One story for all folders: an attacker without a session tries each, and an admin reads what happened."""
    connection = connect(app, "acme", idp)
    with factories.inside(app, "acme") as ctx:
        own = keys.ensure(ctx, app.config["VAULT"]).certificate
    tried = []
    for case in cases("bad"):
        if set(case.facts) & {"minutes_later", "connection"} or "expected" in case.facts:
            continue  # another clock or another connection: the pure function's tests have those
        browser = browser_at()
        request_id = browser.start()
        content = case.content(own, request_id=request_id).replace(REQUEST.encode(), request_id.encode())
        answer = browser.post(content, relay_state=request_id)
        tried.append(case.reason if content else "response-missing")
        assert answer.status_code == (400 if reason(case.reason).malformed else 403), case.name
        assert "You are not signed in" in answer.text, case.name
        assert not answer.headers.getlist("Set-Cookie"), case.name
    assert len(tried) > 60
    with factories.inside(app, "acme") as ctx:
        assert db.session.scalar(select(func.count()).select_from(Session)) == 0
        assert db.session.scalar(select(func.count()).select_from(SignInTicket)) == 0
        noted = sso_attempts.refusals(ctx, limit=1000)
        assert sorted(row.reason for row in noted) == sorted(tried)
        assert {row.connection_id for row in noted} <= {connection, None}
    page = at("acme", cast.grace).open("/troubleshooting")
    assert page.heading == "Troubleshooting"
    assert page.text.count("What to change:") == 50
    assert reason(tried[-1]).advice in page.text


def test_what_is_not_a_response_at_all(app, cast, client, idp):
    connect(app, "acme", idp)
    for form in ({}, {"SAMLResponse": ""}, {"SAMLResponse": "%%%"}, {"SAMLResponse": "A" * 500_000}, {"SAMLRequest": posted(b"<a/>")}):
        answer = client("acme").post("/users/auth/saml/callback", data=form)
        assert answer.status_code == 400, form
    assert client("acme").post("/users/auth/saml/callback", data=b"\xff\xfe", content_type="text/plain").status_code == 400
    assert client("acme").get("/users/auth/saml/callback").status_code == 405


def test_a_workspace_without_a_connection(app, cast, browser_at, idp, client):
    answer = browser_at("globex").post(idp.response(Says(acs_url="http://globex.portal.localhost:5000/users/auth/saml/callback")))
    assert (answer.status_code, "not connected" in answer.text) == (403, True)
    assert client("globex").get("/sso/start").status_code == 403
