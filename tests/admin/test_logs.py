"""The two logs: sentences, filters, exports, and nobody else's entries."""

from __future__ import annotations

import csv
import html
import io
import json

import pytest

from portal.domain import provisioning
from tests import factories
from tests.pages import PageClient
from tests.scim.okta import connect
from tests.support import site


@pytest.fixture
def history(app, cast, client):
    """Okta created one person, failed with another, and deactivated the first."""
    factories.enable_scim(app, "acme")
    token = factories.make_token(app, "acme", name="=Okta prod")
    http = client("acme")

    def send(method, path, body):
        return http.open(f"/scim/v2{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"})

    person = {
        "userName": "ursula@acme.example",
        "name": {"givenName": "Ursula", "familyName": "<b>Le Guin</b>"},
        "password": "hunter22hunter",
    }
    made = send("POST", "/Users", person).get_json()
    assert send("POST", "/Users", person).status_code == 409
    send("PATCH", f"/Users/{made['id']}", {"Operations": [{"op": "replace", "value": {"active": False}}]})
    assert send("POST", "/Users", {"userName": "x", "roles": "emperor"}).status_code == 400
    return made


def test_the_audit_log_calls_groups_what_the_product_calls_them(app, cast, at):
    with factories.inside(app, "acme") as ctx:
        provisioning.switch_groups(ctx, True)
    assert "switched team management on in Acme" in at("acme", cast.ada).open("/audit-log").text


def test_the_provisioning_log_tells_in_sentences_what_happened_and_what_to_do(app, cast, at, history):
    page = at("acme", cast.ada).open("/provisioning-log")
    rows = page.rows()
    assert len(rows) == 4
    assert "=Okta prod deactivated Ursula <b>Le Guin</b>" in rows[1][1]
    assert "could not create" in rows[0][1]
    assert "Valid values: admin, maker, contributor, viewer" in rows[0][1]
    assert "finds and links" in rows[2][1]
    assert "hunter22hunter" not in page.response.text


def test_what_was_refused_before_it_was_understood_is_told_by_its_address(app, cast, at):
    """A body that is no JSON, a name that is taken, a search, a bulk request: each has its own sentence, in the product's words."""
    okta = connect(app)
    tooth = {"displayName": "Tooth"}
    for path, body in (
        ("/Groups", tooth),
        ("/Groups", tooth),
        ("/Users", b"{"),
        ("/Groups", b"{"),
        ("/Users/.search", {"filter": "no"}),
        ("/.search", {"filter": "no"}),
        ("/Bulk", {}),
        ("/Users", b" " * 5_000_000),
    ):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        okta("POST", path, raw=content)
    told = [row[1] for row in at("acme", cast.ada).open("/provisioning-log").rows()]
    for row, (sentence, advice) in zip(
        told,
        [
            ("Okta could not create a user", "larger than what is taken at once"),
            ("Okta sent a request about the directory, and was refused", "tell your operator"),
            ("Okta could not read the directory", "correct its filter"),
            ("Okta could not read a user", "correct its filter"),
            ("Okta could not create a team", "tell your operator"),
            ("Okta could not create a user", "tell your operator"),
            ("Okta could not create the team Tooth", "choose Refresh App Groups, then Link Group"),
            ("Okta created the team Tooth", ""),
        ],
        strict=True,
    ):
        assert row.startswith(sentence), row
        assert advice in row
    with factories.inside(app, "acme") as ctx:
        provisioning.switch_groups(ctx, False)
    okta("POST", "/Groups", {"displayName": "Chewing"})
    last = at("acme", cast.ada).open("/provisioning-log").rows()[0][1]
    assert last.startswith("Okta could not create the team Chewing")
    assert "Manage teams with SCIM" in last
    assert at("acme", cast.ada).open("/audit-log?area=group").rows()[0][1].startswith("Okta created the team Tooth")


def test_a_patch_of_the_other_version_is_put_down_to_the_base_url(app, cast, at):
    okta = connect(app)
    gone = {"schemas": ["urn:scim:schemas:core:1.0"], "active": False}
    for base, body in (("/scim/v2", gone), ("/scim/v1", {"Operations": [{"op": "replace", "value": {"active": False}}]})):
        user = okta("POST", "/Users", {"userName": f"{base[-2:]}@acme.example"})[1]["id"]
        bearer = {"Authorization": f"Bearer {okta.token}"}
        assert okta.http.patch(f"{base}/Users/{user}", json=body, headers=bearer).status_code == 400
        told = at("acme", cast.ada).open("/provisioning-log").rows()[0][1]
        assert "Compare the base URL in Okta's Provisioning tab with those under Integrations" in told
        assert "tell your operator" not in told


def test_the_advice_on_a_list_names_who_asked_for_it_and_what_to_change(app, cast, at):
    """Of a page or an order that is wrong no attribute mapping is to blame."""
    okta = connect(app)
    okta.token = factories.make_token(app, "acme", name="CI import")
    for query, advice in (
        ("count=many", "set its page size to a whole number, or leave count out."),
        ("startIndex=first", "let it count rows from 1 in whole numbers, or leave startIndex out."),
        ("sortBy=name", "let it sort by one attribute, like userName or name.familyName, or leave sortBy out."),
        ("sortBy=%5B", "or leave sortBy out."),
        ("sortBy=userName&sortOrder=up", "let it ask for ascending or descending, or leave sortOrder out."),
        ("cursor&count=0", "set its page size to a whole number from 1, or leave count out."),
        ("cursor=mine", "let it begin again with an empty cursor, and change nothing else from page to page."),
        ("attributes=id&excludedAttributes=name", "correct what it asks for."),
    ):
        assert okta("GET", f"/Users?{query}")[0] == 400
        told = at("acme", cast.ada).open("/provisioning-log").rows()[0][1]
        assert told.startswith("CI import could not read a user"), told
        assert "Find what else uses “CI import”, a script or another tool: " in told
        assert advice in told
        assert "mapping" not in told
    assert okta("POST", "/Groups/.search", {"count": True})[0] == 400
    assert "leave count out" in at("acme", cast.ada).open("/provisioning-log").rows()[0][1]


def test_the_provisioning_log_is_narrowed_by_the_address(app, cast, at, history):
    page = at("acme", cast.ada)
    assert len(page.open("/provisioning-log?outcome=failed").rows()) == 2
    assert len(page.open("/provisioning-log?kind=deactivate&span=day").rows()) == 1
    assert len(page.open("/provisioning-log?q=le%20guin").rows()) == 2
    assert "No entry fits" in page.open("/provisioning-log?q=nobody%00").text
    assert "No entry fits" in page.open("/provisioning-log?q=%25").text
    assert len(page.open("/provisioning-log?outcome=strange&after=nowhere").rows()) == 4


def test_logs_of_one_workspace_show_nothing_of_another(app, cast, at, history):
    page = at("globex", cast.hank)
    assert "Nothing has happened yet" in page.open("/provisioning-log").text
    assert "Ursula" not in page.open("/audit-log").text
    assert "Ursula" not in page.client.get("/audit-log/export.csv").text


@pytest.mark.parametrize("log", ["provisioning-log", "audit-log"])
def test_exports_are_csv_and_json_lines_without_formulas(app, cast, at, history, log):
    http = at("acme", cast.ada).client
    answer = http.get(f"/{log}/export.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="acme-{log}.csv"'
    cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
    assert any(cell.startswith("'=Okta prod") for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)
    lines = [json.loads(line) for line in http.get(f"/{log}/export.jsonl").text.splitlines()]
    assert len(lines) >= 4
    assert http.get(f"/{log}/export.exe").status_code == 404


def test_only_those_who_may_see_the_logs(app, cast, at, history):
    at("acme", cast.alan).open("/provisioning-log", status=403)
    at("acme", cast.mary).open("/audit-log/export.csv", status=403)
    at("acme", cast.grace).open("/audit-log")


def test_the_audit_log_says_who_did_what_and_pages(app, cast, at, history):
    page = at("acme", cast.ada).open("/audit-log?area=member")
    assert any("=Okta prod deactivated Ursula" in row[1] for row in page.rows())
    with factories.inside(app, "acme") as ctx:
        from portal.domain import audit

        for number in range(60):
            audit.record(ctx, "member.changed", ("member", None, f"Person {number}"))
    first = page.open("/audit-log").rows()
    second = page.follow("Next page of entries").rows()
    assert (len(first), first[0][1].startswith("Operator changed Person 59")) == (25, True)
    assert not {row[1] for row in first} & {row[1] for row in second}
    assert page.follow("Previous page of entries").rows() == first


def test_exports_read_a_long_log_in_portions(app, cast, at, monkeypatch):
    with factories.inside(app, "acme") as ctx:
        from portal.domain import audit

        for number in range(1200):
            audit.record(ctx, "member.changed", ("member", None, f"Person {number}"))
    lines = at("acme", cast.ada).client.get("/audit-log/export.jsonl").text.splitlines()
    numbers = [json.loads(line)["seq"] for line in lines]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers) > 1200


def test_an_entry_has_a_page_with_its_whole_request(app, cast, at, client):
    factories.enable_scim(app, "acme")
    token = factories.make_token(app, "acme")
    person = {"userName": "long@acme.example", "nickName": "t" * 900, "password": "hunter22hunter"}
    client("acme").post("/scim/v2/Users", json=person, headers={"Authorization": f"Bearer {token}"})
    page = at("acme", cast.ada).open("/provisioning-log")
    assert "t" * 900 not in page.response.text
    page.follow("Show the whole request: Okta created long@acme.example")
    assert page.heading == "Okta created long@acme.example"
    assert "t" * 900 in page.text
    assert '\n  "password": "•••",\n  "userName": "long@acme.example"\n}' in html.unescape(page.response.text)
    assert "hunter22hunter" not in page.response.text
    at("globex", cast.hank).open(page.path, status=404)


def test_an_admin_says_how_long_the_log_is_kept(app, cast, at):
    page = at("acme", cast.grace).open("/provisioning-log")
    assert "Entries are kept for 90 days." in page.text
    page.follow("Change how long entries are kept")
    for entry, refusal in (
        ("", "Enter a whole number of days."),
        ("6", "Enter a number from 7 to 3650."),
        ("3651", "Enter a number from 7 to 3650."),
    ):
        assert page.submit("Save", {"Keep entries for": entry}, status=422).errors == [refusal]
        assert page.value("Keep entries for") == entry
    page.submit("Save", {"Keep entries for": "365"})
    assert page.notice == "Entries of the provisioning log are kept for 365 days."
    assert "Entries are kept for 365 days." in page.text
    page.open("/audit-log")
    assert "Grace Hopper changed how long the provisioning log is kept in Acme" in page.text
    assert "Days: 90 → 365" in page.text
    assert "90 days" in at("globex", cast.hank).open("/provisioning-log").text


def test_the_log_about_one_member_stays_so_while_it_is_filtered(app, cast, at, history):
    page = at("acme", cast.ada).open(f"/provisioning-log?about={history['id']}")
    assert "Only entries about Ursula" in page.text
    assert len(page.rows()) == 2
    page.submit("Apply", {"Kind": "Deactivate"})
    assert len(page.rows()) == 1


def test_the_log_is_narrowed_to_what_can_occur_in_the_product(make_app):
    app = make_app(profile="productive")
    page = PageClient(site.client(app, "acme"))
    factories.sign_in(app, page.client, factories.make_cast(app).ada)
    kinds = page.open("/provisioning-log").page.xpath("//select[@name='kind']/option/text()")
    assert ("Deactivate" in kinds, [kind for kind in kinds if "members" in kind or kind == "Other"]) == (True, [])
    chosen = page.open("/provisioning-log?kind=add-members").page.xpath("//select[@name='kind']/option[@selected]/text()")
    assert chosen == ["Add members"], "a link from before groups went"
