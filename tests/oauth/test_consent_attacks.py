"""What an attacker would try at the consent page."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain import members
from portal.extensions import db
from portal.models import AuditEntry, AuthorizationCode, AuthorizationRequest, Consent, Member
from tests import factories
from tests.oauth import flow


def nothing_granted(app) -> bool:
    with app.app_context():
        return not db.session.scalars(select(Consent)).all() and not db.session.scalars(select(AuthorizationCode)).all()


def test_answer_without_the_forms_token_grants_nothing(app, at, cast):
    path = flow.begin(app, flow.catalog(app))
    pages = at("acme", cast.grace).open(path)
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": "ImFiYyI.abc.def"}):
        response = pages.client.post(path, data={"decision": "allow", **token})
        assert response.status_code == 400
        assert "Location" not in response.headers
    assert nothing_granted(app)


def test_forms_token_of_another_browser_is_no_good(app, at, cast):
    path = flow.begin(app, flow.catalog(app))
    stolen = at("acme", cast.ada).open(path).page.xpath("//input[@name='csrf_token']/@value")[0]
    response = at("acme", cast.grace).client.post(path, data={"decision": "allow", "csrf_token": stolen})
    assert response.status_code == 400
    assert nothing_granted(app)


def test_answer_by_address_grants_nothing(app, at, cast):
    path = flow.begin(app, flow.catalog(app))
    at("acme", cast.grace).open(path + "&decision=allow")
    assert nothing_granted(app)


def test_consent_page_cannot_be_framed_kept_or_leaked(app, at, cast):
    headers = at("acme", cast.grace).open(flow.begin(app, flow.catalog(app))).response.headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "form-action 'self' https://system-admin.okta.com https://*.okta.com; frame-ancestors" in headers["Content-Security-Policy"]


def test_finder_page_leads_to_workspaces_only(app):
    headers = flow.begun(app, flow.catalog(app)).response.headers
    assert "form-action 'self' http://*.portal.localhost:5000;" in headers["Content-Security-Policy"]


def test_request_of_another_workspace_reads_as_unknown(app, at, cast):
    path = flow.begin(app, flow.catalog(app), "acme")
    foreign = at("globex", cast.hank).open(path, status=410)
    text = foreign.text.split("Request id")[0]
    unknown = at("globex", cast.hank).open("/oauth2/consent?request=wpq_unknown", status=410)
    assert unknown.text.split("Request id")[0] == text
    csrf = at("globex", cast.hank)
    csrf.open("/connected-apps")
    token = csrf.page.xpath("//input[@name='csrf_token']/@value")[0]
    for decision in ("allow", "deny"):
        assert csrf.client.post(path, data={"csrf_token": token, "decision": decision}).status_code == 410
    assert nothing_granted(app)
    assert flow.answered(at("acme", cast.grace), path)["code"]


def test_garbage_instead_of_a_request(app, at, cast):
    pages, browser = flow.begun(app, flow.catalog(app)), at("acme", cast.grace)
    csrf = pages.page.xpath("//input[@name='csrf_token']/@value")[0]
    for secret in ("", "x", "%00", "%ff", "x" * 5000, "wpq_"):
        browser.open(f"/oauth2/consent?request={secret}", status=410)
        response = pages.client.post(f"/oauth2/workspace?request={secret}", data={"csrf_token": csrf, "workspace": "acme"})
        assert response.status_code == 410


def test_browser_carries_only_a_secret_that_is_stored_as_a_hash(app, at, cast):
    client = flow.catalog(app)
    path = flow.begin(app, client)
    secret = path.partition("request=")[2]
    assert client.client_id not in path
    with app.app_context():
        [kept] = db.session.scalars(select(AuthorizationRequest)).all()
        assert secret not in str(vars(kept))


def test_answer_is_audited(app, at, cast):
    client = flow.catalog(app)
    flow.answered(at("acme", cast.grace), flow.begin(app, client), "Deny")
    flow.answered(at("acme", cast.ada), flow.begin(app, client))
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("consent.")).order_by(AuditEntry.seq)).all()
        assert [(entry.actor_label, entry.action, entry.subject_label) for entry in entries] == [
            ("Grace Hopper", "consent.denied", "Okta"),
            ("Ada Lovelace", "consent.granted", "Okta"),
        ]


def test_names_are_text_and_never_markup(app, at, cast):
    client = flow.catalog(app, name="<script>alert(1)</script>")
    pages = at("acme", cast.grace).open(flow.begin(app, client))
    assert "<script>alert(1)" not in pages.response.text
    assert "&lt;script&gt;" in pages.response.text


def test_somebody_elses_authorization_is_not_continued(app, at, cast):
    """A second admin who opens the same request gets no code of the first one's consent."""
    client = flow.catalog(app)
    path = flow.begin(app, client)
    code = flow.answered(at("acme", cast.ada), path)["code"]
    at("acme", cast.grace).open(path, status=410)
    assert flow.redeem(app, client, code).status_code == 200


def test_right_that_is_lost_between_page_and_answer_grants_nothing(app, at, cast):
    client = flow.catalog(app)
    for given, change in (("Rhea", {"role": "contributor"}), ("Dora", {"active": False})):
        person = factories.make_person(app, "acme", given, "Admin", role="admin")
        pages = at("acme", person).open(flow.begin(app, client))
        with factories.inside(app, "acme") as ctx:
            members.update_member(ctx, ctx.session.get_one(Member, person.id), change)
        pages.submit("Authorize", status=403 if "role" in change else 200)
        assert ("You cannot authorize this" in pages.text, pages.heading == "Sign in to Acme") == ("role" in change, "active" in change)
        assert nothing_granted(app)


def test_answer_sent_again_after_the_code_was_used_gives_nothing(app, at, cast):
    client = flow.catalog(app)
    path = flow.begin(app, client)
    pages = at("acme", cast.grace).open(path)
    form = {"csrf_token": pages.page.xpath("//input[@name='csrf_token']/@value")[0], "decision": "allow"}
    issued = flow.redeem(app, client, flow.returned(pages.client.post(path, data=form))["code"]).get_json()
    assert pages.client.post(path, data=form).status_code == 410
    assert flow.refresh(app, client, issued["refresh_token"]).status_code == 200
