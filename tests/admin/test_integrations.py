"""Integrations: header tokens and OAuth clients, each secret seen once."""

from __future__ import annotations

from datetime import timedelta

from lxml import html
from sqlalchemy import delete

from portal.domain import tokens as domain
from portal.extensions import db
from portal.models import Token
from tests import factories
from tests.oauth import flow
from tests.pages import PageClient
from tests.support import site
from tests.support.opening import opens

SECRET = "Token"


def made(pages, name="Okta production", **fields):
    pages.open("/integrations").follow("Generate new token").submit("Generate new token", {"Name": name, **fields})
    return pages.value(SECRET)


def test_token_is_shown_once_and_masked_afterwards(app, at, cast):
    pages = at("acme", cast.grace)
    secret = made(pages)
    assert pages.heading == "Copy the token “Okta production”"
    assert pages.value("Base URL") == "http://api.portal.localhost:5000/scim/v2"
    assert pages.response.headers["Cache-Control"] == "no-store"
    assert opens(app, secret)

    pages.open("/integrations")
    assert secret not in pages.response.text
    assert f"ends in …{secret[-4:]}" in pages.text
    [row] = pages.rows()
    assert row[0] == f"Okta production ends in …{secret[-4:]}"
    assert row[1] == "All"
    assert "by Grace Hopper" in row[2]
    assert row[3:5] == ["Never", "Never"]


def test_sending_the_form_again_makes_no_second_token(at, cast):
    pages = at("acme", cast.grace)
    pages.open("/integrations/tokens/new")
    form = {field.get("name"): field.get("value") for field in pages.page.xpath("//form[@novalidate]//input[@type='hidden']")}
    data = {**form, "name": "Okta", "scopes": ["scim:users:read"]}
    first = pages.client.post("/integrations/tokens/new", data=data)
    assert first.status_code == 200
    again = pages.client.post("/integrations/tokens/new", data=data)
    assert again.status_code == 303
    pages.open("/integrations")
    assert "was made already" in pages.notice
    assert len(pages.rows()) == 1


def test_scopes_and_expiry_are_chosen(app, at, cast):
    pages = at("acme", cast.grace)
    chosen = {
        "Add, change, deactivate and reactivate members.": False,
        "Create, rename and delete teams, and change who is in them.": False,
    }
    made(pages, **chosen, **{"Days until it expires (optional)": "30"})
    [row] = pages.open("/integrations").rows()
    assert row[1] == "scim:users:read, scim:groups:read"
    with app.app_context():
        token = db.session.query(Token).one()
        assert token.expires_at is not None
        assert token.expires_at - token.created_at == timedelta(days=30)


def test_a_token_has_a_page_of_its_own_with_its_secret_masked(app, at, cast):
    pages = at("acme", cast.grace)
    secret = made(pages)
    pages.open("/integrations").follow("Okta production")
    assert pages.heading == "Okta production"
    assert f"••••{secret[-4:]}" in pages.text
    assert secret not in pages.response.text
    assert "SCIM is switched off in this workspace" in pages.text
    with factories.inside(app, "acme") as ctx:
        [token] = domain.header_tokens(ctx)
        token.expires_at = ctx.now + timedelta(days=3)
    assert "This token expires in 3 days" in pages.open(pages.path).text
    pages.follow("Reset token").submit("Reset token")
    assert pages.value(SECRET) != secret


def test_where_there_is_a_list_okta_is_added_once(make_app):
    app = make_app(profile="travelbank")
    people = factories.make_cast(app)
    pages = PageClient(site.client(app, "acme"))
    factories.sign_in(app, pages.client, people.grace)
    pages.open("/integrations/add")
    form = {field.get("name"): field.get("value") for field in pages.page.xpath("//form[.//input[@name='once']]//input")}
    assert pages.client.post("/integrations/add", data=form).status_code == 200
    assert pages.client.post("/integrations/add", data=form).status_code == 303
    assert "was made already" in pages.open("/integrations").notice
    assert len(pages.rows()) == 1
    assert pages.open("/integrations/add").follow("Open Okta").heading == "Okta"
    with factories.inside(app, "acme") as ctx:
        assert ctx.workspace.scim_enabled
    factories.sign_in(app, pages.client, people.alan)
    assert pages.client.post("/integrations/add", data=form).status_code == 403


def test_elsewhere_there_is_no_such_list(at, cast):
    at("acme", cast.grace).open("/integrations/add", status=404)


WRONG = [
    ({"Name": " "}, "Enter a name, so that you can tell tokens apart."),
    ({"Name": "x" * 101}, "The name is too long: 101 characters, 100 at most."),
    ({"Name": "a\0b"}, "The name contains a character that cannot be stored. Remove it."),
    ({"Name": "a", "Days until it expires (optional)": "soon"}, "Enter a number of days from 1 to 3650, or leave this empty."),
    ({"Name": "a", "Days until it expires (optional)": "0"}, "Enter a number of days from 1 to 3650, or leave this empty."),
    ({"Name": "a", "Days until it expires (optional)": "9" * 5000}, "Enter a number of days from 1 to 3650, or leave this empty."),
    ({"Name": "a", "Days until it expires (optional)": "²"}, "Enter a number of days from 1 to 3650, or leave this empty."),
]


def test_wrong_form_makes_nothing(at, cast):
    pages = at("acme", cast.grace).open("/integrations/tokens/new")
    for fields, sentence in WRONG:
        pages.submit("Generate new token", {"Days until it expires (optional)": "", **fields}, status=422)
        assert pages.errors == [sentence]
    assert "No tokens yet" in pages.open("/integrations").text


def test_no_scope_at_all_is_refused(at, cast):
    pages = at("acme", cast.grace).open("/integrations/tokens/new")
    labels = [str(label.text) for label in pages.page.xpath("//fieldset//label")]
    pages.submit("Generate new token", {"Name": "a", **dict.fromkeys(labels, False)}, status=422)
    assert pages.errors == ["Choose at least one scope."]


def test_unknown_scope_is_refused(at, cast):
    pages = at("acme", cast.grace).open("/integrations/tokens/new")
    csrf = pages.page.xpath("//input[@name='csrf_token']/@value")[0]
    data = {"csrf_token": csrf, "name": "a", "scopes": "everything"}
    assert pages.client.post("/integrations/tokens/new", data=data).status_code == 422


def test_expiry_is_announced_14_days_before(app, at, cast):
    with factories.inside(app, "acme") as ctx:
        for days in (13, 14, 15):
            domain.make(ctx, name=f"In {days}", expires_in=timedelta(days=days))
        gone, _ = domain.make(ctx, name="Past", expires_in=timedelta(days=3))
        gone.expires_at = ctx.now - timedelta(seconds=1)
    rows = {row[0].split(" ends")[0]: row[4] for row in at("acme", cast.grace).open("/integrations").rows()}
    assert rows["In 13"].startswith("In 13 days")
    assert rows["In 14"].startswith("In 14 days")
    assert not rows["In 15"].startswith("In ")
    assert rows["Past"].startswith("Expired")


def test_reset_replaces_one_token_and_erases_nothing_else(app, at, cast):
    pages = at("acme", cast.grace)
    other = made(pages, "Other")
    old = made(pages, "Okta")
    pages.open("/integrations").follow(f"Reset Okta …{old[-4:]}")
    assert pages.heading == "Reset token “Okta”?"
    assert opens(app, old)
    pages.submit("Reset token")
    new = pages.value(SECRET)
    assert not opens(app, old)
    assert opens(app, new)
    assert opens(app, other)
    assert sorted(row[0] for row in pages.open("/integrations").rows()) == sorted(
        [f"Okta ends in …{new[-4:]}", f"Other ends in …{other[-4:]}"]
    )
    assert new not in pages.response.text


def test_revoke_ends_a_token_at_once(app, at, cast):
    pages = at("acme", cast.grace)
    secret = made(pages)
    pages.open("/integrations").follow(f"Revoke Okta production …{secret[-4:]}")
    assert "It was never used." in pages.text
    pages.submit("Revoke")
    assert pages.notice == f"The token “Okta production” that ends in …{secret[-4:]} is revoked."
    assert not opens(app, secret)


def test_two_tokens_of_one_name_are_told_apart_so_that_a_change_needs_no_gap(app, at, cast):
    pages = at("acme", cast.grace)
    old, new = made(pages), made(pages)
    rows = pages.open("/integrations").rows()
    assert {row[0] for row in rows} == {f"Okta production ends in …{secret[-4:]}" for secret in (old, new)}
    pages.follow(f"Revoke Okta production …{old[-4:]}").submit("Revoke")
    assert (opens(app, old), opens(app, new)) == (False, True)


def test_client_is_registered_with_its_five_callbacks(app, at, cast):
    pages = at("acme", cast.grace).open("/integrations").follow("Register OAuth client")
    pages.submit("Register OAuth client", {"Name": "Our Okta", "Okta app name": "trial-1_acme_1"})
    secret, client_id = pages.value("Client secret"), pages.value("Client ID")
    assert pages.value("Authorize endpoint") == "http://app.portal.localhost:5000/oauth2/authorize"
    assert pages.value("Token endpoint") == "http://app.portal.localhost:5000/oauth2/token"
    assert pages.page.xpath("//main//li/code/text()") == [
        "https://system-admin.okta.com/admin/app/cpc/trial-1_acme_1/oauth/callback",
        "https://system-admin.okta-emea.com/admin/app/cpc/trial-1_acme_1/oauth/callback",
        "https://system-admin.oktapreview.com/admin/app/cpc/trial-1_acme_1/oauth/callback",
        "https://system-admin.trexcloud.com/admin/app/cpc/trial-1_acme_1/oauth/callback",
        "http://system-admin.okta1.com:1802/admin/app/cpc/trial-1_acme_1/oauth/callback",
    ]
    pages.open("/integrations").follow("Our Okta")
    assert secret not in pages.response.text
    client = flow.Registered("", client_id, secret, "https://system-admin.okta.com/admin/app/cpc/trial-1_acme_1/oauth/callback", "Our Okta")
    assert flow.tokens(app, at, cast.grace, client)["access_token"]


def test_nothing_is_called_by_a_name_that_cannot_be_seen(at, cast):
    pages = at("acme", cast.grace)
    unseen = {"Name": "\u200b \u2800"}
    for path, button, fields in (("tokens", "Generate new token", {}), ("clients", "Register OAuth client", {"Okta app name": "a_1"})):
        pages.open(f"/integrations/{path}/new").submit(button, {**unseen, **fields}, status=422)
        assert len(pages.errors) == 1
        assert "Enter a name" in pages.errors[0]
    assert "No tokens yet" in pages.open("/integrations").text


def test_wrong_okta_app_name_registers_nothing(at, cast):
    pages = at("acme", cast.grace).open("/integrations/clients/new")
    for okta_app in ("a/b", "..", "a b", "", "a?b", "é", "x" * 201, "a\0"):
        pages.submit("Register OAuth client", {"Name": "Our Okta", "Okta app name": okta_app}, status=422)
        assert len(pages.errors) == 1
    assert "Our Okta" not in pages.open("/integrations").text


def test_new_client_secret_replaces_the_old_one(app, at, cast):
    client = flow.custom(app, "acme")
    pages = at("acme", cast.grace).open("/integrations").follow("Our Okta").follow("Reset secret")
    form = {field.get("name"): field.get("value") for field in pages.page.xpath("//form[.//input[@name='of']]//input")}
    pages.submit("Reset secret")
    new = pages.value("Client secret")
    code = flow.code(app, at, cast.grace, client)
    assert flow.redeem(app, client, code).status_code == 401
    assert flow.redeem(app, client, code, client_secret=new).status_code == 200
    # Reloading the answer must not silently replace the secret that was just copied.
    again = pages.client.post(f"/integrations/clients/{client.row_id}/reset-secret", data=form)
    assert again.status_code == 303
    assert "was reset already" in pages.open(f"/integrations/clients/{client.row_id}").notice
    assert flow.redeem(app, client, "x", client_secret=new).get_json()["error"] == "invalid_grant"


def test_removed_client_is_disconnected_at_once(app, at, cast):
    client = flow.custom(app, "acme")
    issued = flow.tokens(app, at, cast.grace, client)
    waiting = flow.begin(app, client)
    assert opens(app, issued["access_token"])
    pages = at("acme", cast.grace).open("/integrations").follow("Our Okta").follow("Remove").submit("Remove")
    assert "No connected apps" in pages.open("/connected-apps").text
    assert "Its OAuth client was removed." in pages.text
    assert not opens(app, issued["access_token"])
    assert flow.refresh(app, client, issued["refresh_token"]).status_code == 401
    pages.open(waiting, status=410)


def test_only_who_may_manage_provisioning(app, at, cast):
    client = flow.custom(app, "acme")
    for path in ("/integrations", "/integrations/tokens/new", "/connected-apps", f"/integrations/clients/{client.row_id}"):
        at("acme", cast.alan).open(path, status=403)
        assert at("acme").open(path).heading == "Sign in to Acme"


def test_other_workspaces_ids_read_as_unknown(app, at, cast):
    client = flow.custom(app, "acme")
    with factories.inside(app, "acme") as ctx:
        token, _ = domain.make(ctx, name="Okta")
        token_id = token.id
    unknown = "6f1c1e1e-0000-4000-8000-000000000000"
    hank = at("globex", cast.hank)
    for pattern in (
        "/integrations/tokens/{}",
        "/integrations/tokens/{}/reset",
        "/integrations/tokens/{}/revoke",
        "/integrations/clients/{}",
        "/integrations/clients/{}/reset-secret",
        "/integrations/clients/{}/remove",
        "/connected-apps/{}/disconnect",
    ):
        foreign = client.row_id if "clients" in pattern else token_id
        bodies = []
        for one in (foreign, unknown):
            page = html.document_fromstring(hank.open(pattern.format(one), status=404).response.text)
            bodies.append(page.xpath("string(//main)").split("request id")[0])
        assert bodies[0] == bodies[1]


def test_what_goes_while_it_is_changed_is_told_so_and_the_page_says_who_asked(app, at, cast, monkeypatch):
    pages, revoke = at("acme", cast.grace), domain.revoke
    secret = made(pages)

    def too_late(ctx, token):
        ctx.session.execute(delete(Token), execution_options={"synchronize_session": False})
        revoke(ctx, token)

    monkeypatch.setattr(domain, "revoke", too_late)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    pages.open("/integrations").follow(f"Revoke Okta production …{secret[-4:]}").submit("Revoke", status=409)
    assert pages.heading == "Somebody else changed or removed this at the same moment"
    assert "Grace Hopper" in pages.text
    assert "is revoked" not in pages.text
    assert "is revoked" not in pages.open("/integrations").text
    assert opens(app, secret), "nothing was changed"
