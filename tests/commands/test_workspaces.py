"""The operator's contract at the command line: TN-5, and what scripts rely on."""

from __future__ import annotations

import json
import re

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from portal.models import AuditEntry
from tests import factories
from tests.support.http import browserless

CREATE = ("workspace", "create", "acme", "--name", "Acme", "--owner-email", "ada@acme.example", "--owner-name", "Ada Lovelace")


def test_create_prints_the_owners_link_and_show_knows_the_rest(portal):
    link = portal(*CREATE, "--plan", "enterprise", "--seats", "7", "--enable-scim").strip()
    assert re.fullmatch(r"http://acme\.portal\.localhost:5000/set-password/[\w-]+", link)
    shown = json.loads(portal("workspace", "show", "acme", "--json"))
    assert (shown["plan"], shown["seats"], shown["seats_used"], shown["scim_enabled"]) == ("enterprise", 7, 1, True)
    assert [item["slug"] for item in json.loads(portal("workspace", "list", "--json"))] == ["acme"]
    assert "acme" in portal("workspace", "list")
    assert {"seats: 7", "seats_used: 1", "scim_enabled: yes"} < set(portal("workspace", "show", "acme").splitlines())
    said = portal("workspace", "set", "acme", "--plan", "pro", "--seats", "9")
    assert "9 seats" in said
    assert "SCIM is paused: this plan does not include it." in said
    said = portal("workspace", "set", "acme", "--plan", "enterprise", "--seats", "0")
    assert "1 more than there are: nobody loses one, and nobody gets one until 2 are given up." in said
    assert "paused" not in said


REFUSED = {
    "a reserved name": (("workspace", "create", "www", *CREATE[3:]), "“www” is reserved"),
    "an unknown plan": ((*CREATE, "--plan", "gold"), "There is no plan “gold”"),
    "no seat for the owner": ((*CREATE, "--seats", "0"), "the owner uses a seat"),
    "an address without @": ((*CREATE[:6], "nobody", *CREATE[7:]), "not an e-mail address"),
    "an owner without a name": ((*CREATE[:8], "  "), "give the owner's name"),
    "SCIM on a plan without it": ((*CREATE, "--plan", "pro", "--enable-scim"), "does not include SCIM"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_create_leaves_nothing_behind(portal, case):
    arguments, reason = REFUSED[case]
    assert reason in portal(*arguments, ok=False)
    assert json.loads(portal("workspace", "list", "--json")) == []


def test_unknown_workspaces_and_wrong_values_are_named(portal):
    assert "There is no workspace “acme”" in portal("workspace", "show", "acme", ok=False)
    portal(*CREATE)
    assert "seats: unlimited\n" in portal("workspace", "show", "acme")
    assert "already" in portal(*CREATE, ok=False)
    for seats in ("-1", "2000000000", "9" * 30):
        assert "from 0 to 1,000,000,000" in portal("workspace", "set", "acme", "--seats", seats, ok=False)
    assert "Valid scopes: scim:users:read" in portal("token", "create", "acme", "--name", "x", "--scope", "everything", ok=False)
    assert "1 to 3650 days" in portal("token", "create", "acme", "--name", "x", "--expires-in", "0", ok=False)
    assert "app name" in portal("oauth-client", "create", "--name", "Okta", "--okta-app", "a/b", ok=False)


def test_tokens_and_clients_are_printed_once(portal):
    portal(*CREATE)
    for _ in range(2):  # a script that changes the token makes the next one before it ends the last
        printed = portal("token", "create", "acme", "--name", "Okta", "--scope", "scim:users:read", "--expires-in", "30")
        assert re.fullmatch(r"wpt_[\w-]{43}\n", printed)
    printed = portal(
        "oauth-client", "create", "--name", "Okta", "--okta-app", "productboard", "--redirect-uri", "http://okta.localhost:5001/x"
    )
    assert re.fullmatch(r"client_id: wpc_[\w-]+\nclient_secret: wpcs_[\w-]+\n", printed)


def test_a_generated_key_is_one(portal):
    Fernet(portal("keys", "generate").strip())


def test_an_owners_link_sets_a_password_once(portal, gunicorn):
    server = gunicorn(workers=1)
    link = portal(*CREATE, base_url=server.settings.base_url).strip()
    with browserless() as http:
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', http.get(link).text)[1]
        assert http.post(link, data={"csrf_token": token, "password": "short"}).status_code == 422
        assert http.post(link, data={"csrf_token": token, "password": "correct horse battery"}).status_code == 303
        assert http.get(link).status_code == 410


def test_recover_prints_a_link_that_signs_an_owner_in_once(portal, at):
    portal(*CREATE)
    link = portal("workspace", "recover", "acme").strip()
    assert re.fullmatch(r"http://acme\.portal\.localhost:5000/recover/[\w-]+", link)
    unknown = portal("workspace", "recover", "acme", "--owner-email", "bob@acme.example", ok=False)
    assert "There is no active owner “bob@acme.example”. Owners: ada@acme.example." in unknown
    assert "There is no workspace “globex”." in portal("workspace", "recover", "globex", ok=False)
    path = link.removeprefix("http://acme.portal.localhost:5000")
    page = at("acme").open(path).submit("Sign in")
    assert "You are signed in to recover." in page.text
    at("acme").open(path, status=410)
    at("acme").open(path.replace("/recover/", "/set-password/"), status=410)


def test_the_audit_log_begins_with_the_workspace_and_tells_of_changes_only(portal, app):
    portal(*CREATE, "--seats", "7")
    for _ in range(2):
        portal("workspace", "set", "acme", "--plan", "pro", "--seats", "9")
    with factories.inside(app, "acme") as ctx:
        query = select(AuditEntry.action, AuditEntry.before, AuditEntry.after).order_by(AuditEntry.seq)
        entries = [tuple(row) for row in ctx.session.execute(query) if row.action.startswith("workspace.")]
    assert entries == [
        ("workspace.created", {}, {"slug": "acme", "plan": "enterprise"}),
        ("workspace.seats-changed", {"seats": None}, {"seats": 7}),
        ("workspace.plan-changed", {"plan": "enterprise"}, {"plan": "pro"}),
        ("workspace.seats-changed", {"seats": 7}, {"seats": 9}),
    ]
