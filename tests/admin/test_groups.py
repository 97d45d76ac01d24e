"""Groups by hand: made, renamed, filled, deleted; what Okta manages is locked."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.domain import groups, provisioning
from portal.profile_file import SHIPPED
from tests import factories
from tests.oauth import flow
from tests.scim.okta import connect
from tests.support import site


def make_group(app: Flask, slug: str, name: str, people: list[str] = [], *, provisioned: bool = False) -> str:  # noqa: B006
    with factories.inside(app, slug) as ctx:
        group = groups.create(ctx, {"display_name": name}, provisioned=provisioned)
        groups.add_members(ctx, group, people)
        return group.id


def without_tokens(page: str) -> str:
    """The page without its CSRF tokens, which differ from second to second."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)


def test_the_empty_list_says_what_fills_it(at, cast, app):
    page = at("acme", cast.grace).open("/groups")
    assert page.heading == "Teams"
    assert "No teams yet" in page.text
    said = {True: "Okta pushes teams here", False: "once “Manage teams with SCIM” is on under SSO and SCIM"}
    for on in (True, False):
        with factories.inside(app, "acme") as ctx:
            provisioning.switch_groups(ctx, on)
        text = page.open("/groups").text
        assert [said[on] in text, said[not on] in text, "Push a group from Okta" in text] == [True, False, on]


def test_a_group_is_made_renamed_filled_and_deleted(at, cast, app):
    page = at("acme", cast.grace).open("/groups").follow("Create team").submit("Create team", {"Name": "Design"})
    assert (page.heading, page.notice) == ("Design", "Design is created.")
    page.submit("Save", {"Name": "Design systems"})
    assert page.heading == "Design systems"
    page.submit("Search", {"Name, e-mail or user name": "alan"}).submit("Add Alan Turing")
    assert page.rows("Members of")[0][0].startswith("Alan Turing")
    page.open("/groups")
    assert page.rows() == [["Design systems", "1", "By hand"]]
    page.follow("Design systems").submit("Remove Alan Turing")
    assert "Nobody is in this team" in page.text
    page.follow("Delete team").submit("Delete team")
    assert "Design systems is deleted." in page.notice
    assert "No teams yet" in page.text


def test_deleting_leaves_the_members(at, cast, app):
    group = make_group(app, "acme", "Design", [cast.alan.id, cast.mary.id])
    page = at("acme", cast.grace).open(f"/groups/{group}/delete")
    assert "2 members leave this team and stay in the workspace" in page.text
    page.submit("Delete team").open(f"/members/{cast.alan.id}")
    assert page.heading == "Alan Turing"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "Enter a name."),
        ("   ", "Enter a name."),
        ("\u200b", "The name (displayName) is empty: give the team a name."),
        ("x" * 401, "Enter a name of 400 characters at most."),
        ("design", "There is a team “design” already."),
        ("a\x00b", "The name contains a character that cannot be stored. Remove it."),
        (
            "De\tsign",
            "The name contains a tab (U+0009) as character 3. Remove it: this stands on one line, without control characters.",
        ),
    ],
)
def test_a_name_that_cannot_be_taken_is_refused_on_the_same_page(at, cast, app, name, problem):
    make_group(app, "acme", "Design")
    page = at("acme", cast.grace).open("/groups/new").submit("Create team", {"Name": name}, status=422)
    assert (page.heading, page.errors) == ("Create team", [problem])
    assert [row[0] for row in page.open("/groups").rows()] == ["Design"]


def test_names_are_shown_as_text(at, cast, app):
    group = make_group(app, "acme", "<script>alert(1)</script>")
    page = at("acme", cast.grace).open("/groups").follow("<script>alert(1)</script>")
    assert page.heading == "<script>alert(1)</script>"
    assert page.open(f"/groups/{group}/delete").heading == "Delete <script>alert(1)</script>?"


def test_a_linked_group_is_locked_on_the_page_and_on_the_server(at, cast, app):
    factories.enable_scim(app, "acme")
    group = make_group(app, "acme", "Design", [cast.alan.id], provisioned=True)
    page = at("acme", cast.grace).open("/groups")
    assert page.rows() == [["Design", "1", "Linked to Okta"]]
    page.follow("Design")
    assert "Okta decides the name and the members" in page.text
    assert "Save" not in page.buttons
    assert "Remove Alan Turing" not in page.buttons
    token = page.open("/groups/new").page.xpath("//input[@name='csrf_token']/@value")[0]
    attacks = {
        f"/groups/{group}": {"display_name": "Taken over"},
        f"/groups/{group}/members/add": {"member": cast.mary.id},
        f"/groups/{group}/members/remove": {"member": cast.alan.id},
        f"/groups/{group}/delete": {},
    }
    for path, fields in attacks.items():
        answer = page.client.post(path, data={"csrf_token": token, **fields})
        assert answer.status_code == 422, path
        assert "managed by Okta" in answer.text
    assert page.open("/groups").rows() == [["Design", "1", "Linked to Okta"]]


def test_a_foreign_group_answers_as_an_unknown_one(at, cast, app):
    foreign, unknown = make_group(app, "globex", "Theirs"), "00000000-0000-4000-8000-000000000000"
    own = make_group(app, "acme", "Ours")
    page = at("acme", cast.grace).open("/groups/new")
    token = page.page.xpath("//input[@name='csrf_token']/@value")[0]
    for path in ("/groups/{}", "/groups/{}/delete"):
        answers = [page.client.get(path.format(key), headers={"X-Request-Id": "the-same-id"}) for key in (foreign, unknown)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert without_tokens(answers[0].text) == without_tokens(answers[1].text)
    for path in ("/groups/{}", "/groups/{}/members/add", "/groups/{}/members/remove", "/groups/{}/delete"):
        data = {"csrf_token": token, "display_name": "x", "member": cast.alan.id}
        answers = [page.client.post(path.format(key), data=data, headers={"X-Request-Id": "the-same-id"}) for key in (foreign, unknown)]
        assert [answer.status_code for answer in answers] == [404, 404], path
        assert without_tokens(answers[0].text) == without_tokens(answers[1].text)
    for person in (cast.hank.id, unknown, "x", ""):
        answer = page.client.post(f"/groups/{own}/members/add", data={"csrf_token": token, "member": person})
        assert answer.status_code in (404, 422), person
    assert page.open("/groups").rows() == [["Ours", "0", "By hand"]]


def test_only_who_may_manage_members_gets_in(at, cast, app):
    group = make_group(app, "acme", "Design")
    for path in ("/groups", "/groups/new", f"/groups/{group}", f"/groups/{group}/delete"):
        at("acme", cast.alan).open(path, status=403)
        assert at("acme").open(path).heading.startswith("Sign in")


def test_many_groups_come_in_pages_by_name_at_a_constant_number_of_queries(at, cast, app, count_queries):
    make_group(app, "acme", "First of all", [cast.alan.id])
    page = at("acme", cast.grace)
    few = count_queries(lambda: page.open("/groups"))
    with factories.inside(app, "acme") as ctx:
        for number in range(120):
            groups.create(ctx, {"display_name": f"Group {number:03}"})
    assert count_queries(lambda: page.open("/groups")) == few
    assert len(page.rows()) == 50
    page.follow("Next page of teams")
    assert page.rows()[0][0] == "Group 049"
    page.follow("Next page of teams")
    assert [len(page.rows()), page.rows()[-1][0]] == [21, "Group 119"]
    page.follow("Previous page of teams")
    assert page.rows()[0][0] == "Group 049"
    assert [row[0] for row in page.open("/groups?q=099").rows()] == ["Group 099"]
    assert "No team begins with “nothing”" in page.open("/groups?q=nothing").text


@pytest.mark.one_database
def test_a_product_without_groups_shows_none_anywhere(make_app):
    app = make_app(profile="productiv")
    cast = factories.make_cast(app)
    page = flow.signed_in(app, cast.ada)
    hidden = make_group(app, "acme", "Left from another profile", [cast.alan.id])
    for path in ("/groups", "/groups/new", f"/groups/{hidden}", f"/groups/{hidden}/delete"):
        assert page.open(path, status=404).heading == "There is nothing at this address"
    seal = page.open("/members/new").page.xpath("//input[@name='csrf_token']/@value")[0]
    for verb in ("", "/members/add", "/members/remove", "/delete"):
        assert page.client.post(f"/groups/{hidden}{verb}", data={"csrf_token": seal}).status_code == 404
    for path in (
        "/", "/members", f"/members/{cast.alan.id}", f"/members/{cast.alan.id}/deactivate", "/settings/sso", "/integrations/tokens/new",
        "/provisioning-log", "/audit-log",
    ):  # fmt: skip
        assert "group" not in page.open(path).text.lower().replace("created the group", ""), path
    with factories.inside(app, "acme") as ctx:
        assert groups.count(ctx, groups.get(ctx, hidden)) == 1


@pytest.mark.one_database
def test_where_okta_pushes_none_groups_are_kept_by_hand_and_the_pages_say_so(make_app, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text((SHIPPED / "productiv.toml").read_text().replace("[features]\ngroups = false\n", "[features]\n"))
    app = make_app(profile=str(own))
    cast = factories.make_cast(app)
    page = flow.signed_in(app, cast.ada).open("/groups")
    assert "Okta does not push groups here. They are made and filled by hand." in page.text
    page.follow("Create group").submit("Create group", {"Name": "Design"})
    assert [row[2] for row in page.open("/groups").rows()] == ["By hand"]
    assert "takes no groups from Okta; groups are kept here, by hand." in page.open("/okta-guide").text
    assert connect(app)("POST", "/Groups", {"displayName": "Pushed"})[0] == 403


@pytest.mark.one_database
def test_an_app_is_never_granted_groups_that_the_product_lacks(make_app):
    app = make_app(profile="productive")
    cast = factories.make_cast(app)
    client = flow.catalog(app)
    people = "scim:users:read scim:users:write"
    assert flow.tokens(app, lambda _slug, person: flow.signed_in(app, person), cast.ada, client)["scope"] == people
    asked = flow.signed_in(app, cast.ada).open(flow.begin(app, client, scope=f"{people} scim:groups:write"))
    assert "group" not in asked.text
    bare = site.client(app, "app")
    refused = bare.get("/oauth2/authorize", query_string=flow.query(client, scope="scim:groups:read"))
    assert "error=invalid_scope" in refused.location
    facts = bare.get("/.well-known/oauth-authorization-server").get_json()
    assert facts["scopes_supported"] == people.split()
