"""Who must sign in with Okta, recovery when that fails, and the workspace's own certificate: SS-8, SS-9."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain import keys, links, recovery, sso
from portal.models import AuditEntry, Member, RecoveryCode, SamlKey
from tests import factories
from tests.saml.conftest import browser_of, connect, xml_file
from tests.support.idp import query_fits, request_in
from tests.support.says import Says
from tests.support.signing import Seal

PAGE = "/settings/sso"


def mode(app):
    with factories.inside(app, "acme") as ctx:
        return sso.mode(ctx)


def actions(app):
    with factories.inside(app, "acme") as ctx:
        return set(ctx.session.scalars(select(AuditEntry.action)))


def by_sso(app, at, person):
    page = at("acme")
    factories.sign_in(app, page.client, person, method="sso")
    return page.open(PAGE)


def choose(page, rule):
    return page.submit("Save sign-in rule", {rule: True})


def test_a_first_connection_makes_sso_optional(app, cast, connected):
    assert mode(app) == "optional"


def test_required_needs_somebody_who_came_by_sso(app, cast, connected, at):
    page = choose(at("acme", cast.grace).open(PAGE), "Required")
    assert "whoever requires single sign-on must have come in through it" in page.notice + page.text
    assert mode(app) == "optional"
    choose(by_sso(app, at, cast.grace), "Required")
    assert mode(app) == "required"


def test_required_ends_password_sessions_and_passwords(app, cast, connected, at):
    alan = at("acme", cast.alan)
    factories.enable_scim(app, "acme")
    choose(by_sso(app, at, cast.grace), "Required")
    assert alan.client.get("/settings/sso").location.startswith("/sign-in")
    page = at("acme").open("/sign-in")
    assert "Password" not in page.text
    answer = page.client.post("/sign-in", data={"email": cast.alan.user_name, "password": factories.PASSWORD, "csrf_token": "x"})
    assert answer.status_code in (400, 422)


def test_an_owner_who_requires_sso_gets_recovery_codes_once(app, cast, connected, at):
    page = choose(by_sso(app, at, cast.ada), "Required")
    assert page.heading == "Your recovery codes"
    codes = page.value("Recovery codes").split()
    assert len(set(codes)) == 10
    assert not any(code in page.open(PAGE).response.text for code in codes)
    assert "You have 10 unused codes." in page.text
    choose(page, "Optional")
    assert choose(page, "Required").heading == "SSO and SCIM"


def test_nobody_but_owners_gets_codes(app, cast, connected, at):
    page = at("acme", cast.grace).open(PAGE)
    assert "Make recovery codes" not in page.buttons
    token = page.page.xpath("//input[@name='csrf_token']/@value")[0]
    page.client.post("/settings/sso/recovery-codes", data={"csrf_token": token})
    with factories.inside(app, "acme") as ctx:
        assert list(ctx.session.scalars(select(RecoveryCode))) == []


def test_a_code_signs_an_owner_in_once(app, cast, connected, at):
    code = choose(by_sso(app, at, cast.ada), "Required").value("Recovery codes").split()[0]
    page = at("acme").open("/sign-in").follow("Owner without Okta? Use a recovery code")
    page.submit("Sign in", {"Email": "Ada@acme.example", "Recovery code": code.upper().replace("-", " ")})
    assert "You are signed in to recover." in page.text
    assert {"sign-in.recovery", "member.recovery-code-used", "member.recovery-codes-made"} <= actions(app)
    again = at("acme").open("/sign-in/recovery").submit("Sign in", {"Email": cast.ada.user_name, "Recovery code": code}, status=422)
    assert again.errors == ["That e-mail address and recovery code do not fit, or the code was used before."]


def test_codes_fit_only_their_owner(app, cast, connected, at):
    code = choose(by_sso(app, at, cast.ada), "Required").value("Recovery codes").split()[0]
    with factories.inside(app, "acme") as ctx:
        ctx.session.get_one(Member, cast.grace.id).owner = True
    for slug, login, typed in (
        ("acme", cast.grace.user_name, code),
        ("acme", "nobody@acme.example", code),
        ("acme", cast.ada.user_name, "aaaaa-aaaaa-aaaaa-aaaaa"),
        ("acme", cast.ada.user_name, "-"),
        ("globex", cast.hank.user_name, code),
        ("globex", cast.ada.user_name, code),
    ):
        page = at(slug).open("/sign-in/recovery").submit("Sign in", {"Email": login, "Recovery code": typed}, status=422)
        assert page.errors == ["That e-mail address and recovery code do not fit, or the code was used before."]
    with factories.inside(app, "acme") as ctx:
        ctx.session.get_one(Member, cast.ada.id).owner = False
    at("acme").open("/sign-in/recovery").submit("Sign in", {"Email": cast.ada.user_name, "Recovery code": code}, status=422)


def test_guessing_codes_is_slowed_down(app, cast, connected, at):
    page = at("acme").open("/sign-in/recovery")
    for _ in range(5):
        page.submit("Sign in", {"Email": cast.ada.user_name, "Recovery code": "x"}, status=422)
    page.submit("Sign in", {"Email": cast.ada.user_name, "Recovery code": "x"}, status=429)


def test_new_codes_end_the_old_ones(app, cast, connected, at):
    page = at("acme", cast.ada).open(PAGE).submit("Make recovery codes")
    old = page.value("Recovery codes").split()
    new = page.open(PAGE).submit("Make recovery codes").value("Recovery codes").split()
    assert not set(old) & set(new)
    fields = {"Email": cast.ada.user_name, "Recovery code": old[0]}
    at("acme").open("/sign-in/recovery").submit("Sign in", fields, status=422)


def test_the_operators_link_signs_an_owner_in_once(app, cast, connected, at):
    with factories.inside(app, "acme") as ctx:
        secret = links.make(ctx, recovery.owner(ctx, None), "recovery")
    at("acme").open(f"/set-password/{secret}", status=410)
    at("globex").open(f"/recover/{secret}", status=410)
    page = at("acme").open(f"/recover/{secret}")
    assert "Ada Lovelace" in page.text
    page.submit("Sign in")
    assert "You are signed in to recover." in page.text
    at("acme").open(f"/recover/{secret}", status=410)
    assert "sign-in.recovery" in actions(app)


def test_the_last_connection_cannot_go_while_it_is_required(app, cast, connected, at):
    page = choose(by_sso(app, at, cast.grace), "Required").open(PAGE)
    page.follow("Disconnect Okta").submit("Disconnect")
    assert "This is the only connection" in page.text
    choose(page, "Optional").follow("Disconnect Okta").submit("Disconnect")
    assert page.notice == "Okta is disconnected."
    assert mode(app) == "off"


def test_what_a_connection_allows_can_be_changed(app, cast, connected, at, browser_at):
    page = at("acme", cast.grace).open(PAGE)
    page.submit("Save Okta", {"Sign-in may begin at the app's tile in Okta": False, "Take signatures with SHA-1": True,
                              "Sign the requests that are sent to Okta": True})  # fmt: skip
    assert page.notice == "Okta is changed."
    assert browser_at().post(connected.response(Says(name_id=cast.mary.user_name))).status_code == 403
    browser = browser_at()
    seal = Seal(method="rsa-sha1", digest="sha1")
    assert browser.sign_in(Says(name_id=cast.mary.user_name), seal).location == "/"
    with factories.inside(app, "acme") as ctx:
        certificate = keys.ensure(ctx, app.config["VAULT"]).certificate
    query = browser.client.get("/sso/start").location.partition("?")[2]
    assert query_fits(query, certificate)


def test_the_request_that_is_sent(app, cast, connected, browser_at):
    location = browser_at().client.get("/sso/start").location
    message, rest = request_in(location)
    assert location.startswith(connected.sso_url + "?SAMLRequest=")
    assert message.get("Destination") == connected.sso_url
    assert message.get("AssertionConsumerServiceURL") == "http://acme.portal.localhost:5000/users/auth/saml/callback"
    assert message.findtext("{*}Issuer") == "productboard"
    assert message.find("{*}NameIDPolicy") is None
    assert message.find("{*}RequestedAuthnContext") is None
    assert rest == {"RelayState": message.get("ID")}


def test_a_certificate_changes_without_a_gap(app, cast, connected, at, browser_at):
    page = at("acme", cast.grace).open(PAGE)
    if "Make a new certificate" not in page.buttons:
        page.client.get("/sso/metadata")
        page.open(PAGE)
    page.submit("Make a new certificate")
    assert page.notice == "A new certificate waits. Put it into Okta, then use it."
    with factories.inside(app, "acme") as ctx:
        old, new = keys.published(ctx)
    assert page.client.get("/sso/metadata").data.count(b"X509Certificate>") == 8
    for certificate in (old.certificate, new.certificate):
        answer = browser_at().post(connected.response(Says(name_id=cast.mary.user_name), Seal(encrypt_for=certificate)))
        assert answer.status_code == 303
    page.submit("Use this certificate")
    for certificate in (old.certificate, new.certificate):
        answer = browser_at().post(connected.response(Says(name_id=cast.mary.user_name), Seal(encrypt_for=certificate)))
        assert answer.status_code == 303
    with factories.inside(app, "acme") as ctx:
        assert [key.id for key in keys.published(ctx)] == [new.id]
        ctx.session.get_one(SamlKey, old.id).retired_at = ctx.now - keys.OVERLAP
    answer = browser_at().post(connected.response(Says(name_id=cast.mary.user_name), Seal(encrypt_for=old.certificate)))
    assert answer.status_code == 403


def test_private_keys_are_encrypted_at_rest(app, cast, client):
    client("acme").get("/sso/metadata")
    with factories.inside(app, "acme") as ctx:
        row = ctx.session.scalars(select(SamlKey)).one()
        assert "PRIVATE" not in row.private_key
        assert b"PRIVATE KEY" in app.config["VAULT"].decrypt(row.private_key)


def test_the_page_ticks_what_happened(app, cast, connected, at):
    page = at("acme", cast.grace)
    states = {key: step["state"] for key, step in page.client.get("/settings/sso/steps").json["steps"].items()}
    assert states == {
        "metadata": "done",
        "sign-in": "done",
        "token": "current",
        "test-call": "todo",
        "first-user": "todo",
        "first-group": "todo",
    }


def test_scim_is_switched_where_nothing_is_missing(app, cast, at, idp):
    page = at("acme", cast.grace).open(PAGE)
    assert "Set up SAML single sign-on first" in page.text
    assert "Enable SCIM" not in page.buttons
    connect(app, "acme", idp)
    page.open(PAGE).submit("Enable SCIM").submit("Enable SCIM")
    assert "SCIM is on." in page.notice
    assert page.value("Base URL") == "http://api.portal.localhost:5000/scim/v2"
    page.submit("Turn on Manage teams with SCIM")
    assert page.notice == "Okta manages the teams of this workspace now."
    page.follow("Disable SCIM")
    assert "Members and teams stay as they are and can be edited here." in page.text
    assert "Disable SCIM" in page.follow("Cancel").links  # asking alone switches nothing
    page.follow("Disable SCIM").submit("Disable SCIM")
    assert "SCIM is off." in page.notice
    assert page.open("/settings/sso/scim/disable").path == PAGE


def test_a_candidate_can_be_discarded(app, cast, at, idp):
    page = at("acme", cast.grace).open(PAGE).submit("Save & authorize", {"Metadata file": xml_file(idp.metadata())})
    browser = browser_of(page, idp)
    request_id = browser.start("/sso/authorize")
    page.submit("Discard the new connection")
    assert "Authorize" not in page.buttons
    answer = browser.post(idp.response(Says(name_id=cast.grace.user_name, request_id=request_id)))
    assert page.open(answer.location).path == PAGE
    assert page.notice.startswith("The connection that you wanted to authorize was replaced, discarded or made active meanwhile.")
    assert mode(app) == "off"
