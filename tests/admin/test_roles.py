"""Roles: the table, and custom roles from making to deleting, with the id for Okta."""

from __future__ import annotations

import pytest

from portal.domain import members, roles
from tests import factories


def csrf(page):
    return page.page.xpath("//input[@name='csrf_token']/@value")[0]


def test_the_table_tells_what_each_role_is_and_how_many_have_it(at, cast):
    page = at("acme", cast.grace).open("/roles")
    table = page.rows("Built-in roles")
    assert [(row[1], row[2], row[3]) for row in table] == [
        ("admin", "Uses a seat", "Yes"),
        ("maker", "Uses a seat", "No"),
        ("contributor", "No seat", "No"),
        ("viewer", "No seat", "No"),
    ]
    assert [row[4].split()[0] for row in table] == ["2", "1", "1", "0"]
    assert "No custom roles yet" in page.text


def test_a_custom_role_is_made_copied_changed_and_deleted(at, cast):
    page = at("acme", cast.grace).open("/roles").follow("Create custom role")
    page.submit("Create custom role", {"Name": "Auditor", "Viewer": True})
    assert page.notice == "Auditor is created. Copy its id into Okta."
    key = page.value("Id for Okta")
    page.open("/roles")
    assert [row[:2] for row in page.rows("Custom roles")] == [["Auditor", "Viewer"]]
    assert page.value("Id of Auditor") == key
    page.follow("Auditor").submit("Save", {"Name": "Chief auditor", "Maker": True})
    assert (page.heading, page.notice) == ("Chief auditor", "Chief auditor is saved.")
    page.follow("Delete role").submit("Delete role")
    assert page.notice == "Chief auditor is deleted."


def test_a_role_in_use_is_not_deleted(at, cast, app):
    with factories.inside(app, "acme") as ctx:
        role = roles.create_custom(ctx, name="Auditor", base_role="viewer", restricted_apps=[])
        members.update_member(ctx, members.get(ctx, cast.mary.id), {"role": role.id})
        key = role.id
    page = at("acme", cast.grace).open(f"/roles/{key}/delete")
    assert "1 member has it. Give them another role first." in page.text
    assert "Delete role" not in page.buttons
    answer = page.client.post(f"/roles/{key}/delete", data={"csrf_token": csrf(page)})
    assert answer.status_code == 422
    page.open("/roles").follow("1 member with the role Auditor")
    assert [row[1].startswith("Mary Shelley") for row in page.rows()] == [True]


@pytest.mark.parametrize(
    ("name", "base", "problem"),
    [
        ("", "viewer", "Enter a name."),
        ("\u200b", "viewer", "Enter a name."),
        ("x" * 101, "viewer", "Enter a name of 100 characters at most."),
        ("Maker", "viewer", "“Maker” is a built-in role. Choose another name."),
        ("AUDITOR", "viewer", "There is a role “AUDITOR” already."),
        ("Other", "no-such-role", "Choose a base role."),
        ("a\x00b", "viewer", "The name contains a character that cannot be stored. Remove it."),
        ("\ud800".encode("utf-8", "surrogatepass"), "viewer", None),
    ],
)
def test_what_cannot_be_a_role_is_refused_on_the_same_page(at, cast, app, name, base, problem):
    with factories.inside(app, "acme") as ctx:
        roles.create_custom(ctx, name="Auditor", base_role="viewer", restricted_apps=[])
    page = at("acme", cast.grace).open("/roles/new")
    answer = page.client.post("/roles/new", data={"csrf_token": csrf(page), "name": name, "base_role": base})
    if problem is None:  # bytes that are no text arrive as replacement characters
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert problem in answer.text
    assert len(page.open("/roles").rows("Custom roles")) == 1


def test_no_seat_left_keeps_a_role_from_growing_into_a_paid_one(at, cast, app):
    with factories.inside(app, "acme") as ctx:
        role = roles.create_custom(ctx, name="Auditor", base_role="viewer", restricted_apps=[])
        members.update_member(ctx, members.get(ctx, cast.mary.id), {"role": role.id})
        ctx.workspace.seats = ctx.workspace.seats_used
        key = role.id
    page = at("acme", cast.grace).open(f"/roles/{key}").submit("Save", {"Maker": True}, status=422)
    assert "No seat left: 3 of 3 seats are in use." in page.errors[0]
    with factories.inside(app, "acme") as ctx:
        assert roles.get_custom(ctx, key).base_role == "viewer"
        assert members.get(ctx, cast.mary.id).role == "viewer"


def test_a_foreign_role_answers_as_an_unknown_one(at, cast, app):
    with factories.inside(app, "globex") as ctx:
        foreign = roles.create_custom(ctx, name="Theirs", base_role="viewer", restricted_apps=[]).id
    page = at("acme", cast.grace).open("/roles/new")
    token = csrf(page)
    for key in (foreign, "00000000-0000-4000-8000-000000000000"):
        for path in (f"/roles/{key}", f"/roles/{key}/delete"):
            assert page.client.get(path).status_code == 404
            assert page.client.post(path, data={"csrf_token": token, "name": "x", "base_role": "viewer"}).status_code == 404
    with factories.inside(app, "globex") as ctx:
        assert roles.get_custom(ctx, foreign).name == "Theirs"


def test_only_who_may_manage_roles_gets_in(at, cast):
    for path in ("/roles", "/roles/new"):
        at("acme", cast.mary).open(path, status=403)
        assert at("acme").open(path).heading.startswith("Sign in")


def test_names_are_shown_as_text(at, cast):
    page = at("acme", cast.grace).open("/roles/new").submit("Create custom role", {"Name": "<b>&amp;'\"", "Viewer": True})
    assert page.heading == "<b>&amp;'\""


def test_a_product_with_restricted_apps_offers_them(make_app, database):
    from tests.pages import PageClient
    from tests.support import site

    app = make_app(profile="productiv")
    people = factories.make_cast(app)
    page = PageClient(site.client(app, "acme"))
    factories.sign_in(app, page.client, people.grace)
    page.open("/roles/new").submit("Create custom role", {"Name": "Finance", "Basic User": True, "Slack": True, "Zoom": True})
    assert page.heading == "Finance"
    with factories.inside(app, "acme") as ctx:
        assert roles.custom_roles(ctx)[0].restricted_apps == ["Slack", "Zoom"]
    page.submit("Save", {"Slack": False})
    with factories.inside(app, "acme") as ctx:
        assert roles.custom_roles(ctx)[0].restricted_apps == ["Zoom"]


def test_a_product_without_custom_roles_has_no_page_for_them(make_app, database):
    from tests.pages import PageClient
    from tests.support import site

    app = make_app(profile="productive")
    people = factories.make_cast(app)
    page = PageClient(site.client(app, "acme"))
    factories.sign_in(app, page.client, people.grace)
    assert "Custom roles" not in page.open("/roles").text
    page.open("/roles/new", status=404)
