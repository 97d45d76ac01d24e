"""Members: the list, one member, and what Okta's management locks in page and server."""

from __future__ import annotations

import pytest

from portal.domain import members
from tests import factories


def test_the_list_is_searched_and_filtered_by_the_address(app, cast, at):
    page = at("acme", cast.ada).open("/members")
    assert [row[0].split(" ")[0] for row in page.rows()] == ["Mary", "Alan", "Grace", "Ada"]
    assert [row[0].split(" ")[0] for row in page.open("/members?q=lov").rows()] == ["Ada"]
    assert [row[0].split(" ")[0] for row in page.open("/members?role=maker").rows()] == ["Alan"]
    assert "Nobody fits" in page.open("/members?q=zz&status=inactive").text
    assert "Nobody fits" in page.open("/members?role=nonesuch").text
    page.open("/members?q=%00&before=x&after=%00&source=strange")


def test_an_admin_adds_somebody_and_hands_a_link_over(app, cast, at):
    page = at("acme", cast.grace).open("/members/new")
    page.submit("Add member", {"User name": "", "First name (optional)": "U"}, status=422)
    assert page.errors == ["Enter a user name: what the member signs in as."]
    page.submit("Add member", {"User name": "ADA@acme.example", "First name (optional)": "Una"}, status=422)
    assert page.value("First name (optional)") == "Una"
    page.submit("Add member", {"User name": "una@acme.example", "E-mail address (optional)": "una@acme.example", "Role": "Viewer"})
    assert page.value("One-time link").startswith("http://acme.portal.localhost:5000/set-password/wpl_")
    assert "una@acme.example" in page.open("/members").text


def test_a_member_is_edited_deactivated_and_reactivated(app, cast, at):
    page = at("acme", cast.grace).open(f"/members/{cast.alan.id}")
    page.submit("Save", {"Job title (optional)": "Mathematician", "Role": "Contributor"})
    assert page.notice == "Alan Turing is saved."
    page.follow("Deactivate").submit("Deactivate")
    assert "Alan Turing is deactivated." in page.notice
    page.follow("Reactivate").submit("Reactivate")
    assert "Mathematician" in page.response.text
    page.submit("Save", {"E-mail address (optional)": "nowhere"}, status=422)
    assert page.errors == ["“nowhere” is not an e-mail address."]
    page.submit("Save", {"First name (optional)": "x" * 300}, status=422)


@pytest.fixture
def managed(app, cast):
    """Alan is managed by Okta."""
    factories.enable_scim(app, "acme")
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"provisioned": True})


def test_a_managed_member_is_locked_in_the_page_and_on_the_server(app, cast, at, managed):
    page = at("acme", cast.grace).open(f"/members/{cast.alan.id}")
    assert "Managed by Okta" in page.text
    assert "Save" not in page.buttons
    assert "Deactivate" not in page.links
    token = page.page.xpath("//input[@name='csrf_token']/@value")[0]
    for fields in ({"given_name": "Eve"}, {"role": "admin"}, {"user_name": "eve"}):
        answer = page.client.post(f"/members/{cast.alan.id}", data={"csrf_token": token, **fields})
        assert answer.status_code == 422
        assert "managed by Okta" in answer.text
    page.client.post(f"/members/{cast.alan.id}/deactivate", data={"csrf_token": token})
    with factories.inside(app, "acme") as ctx:
        alan = members.get(ctx, cast.alan.id)
        assert (alan.given_name, alan.role, alan.active) == ("Alan", "maker", True)
        ctx.workspace.scim_enabled = False
    assert "Save" in page.open(f"/members/{cast.alan.id}").buttons


def test_the_last_owner_stays(app, cast, at):
    page = at("acme", cast.ada).open(f"/members/{cast.ada.id}").submit("Take ownership away")
    assert "last owner" in page.notice + page.text
    page.follow("Deactivate").submit("Deactivate")
    assert "last owner" in page.notice + page.text


def test_the_cost_rate_stays_editable_where_okta_manages(make_app):
    from tests.pages import PageClient
    from tests.support import site

    app = make_app(profile="productive")
    cast = factories.make_cast(app)
    factories.enable_scim(app, "acme")
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"provisioned": True})
    page = PageClient(site.client(app, "acme"))
    factories.sign_in(app, page.client, cast.grace)
    page.open(f"/members/{cast.alan.id}").submit("Save", {"Cost rate (optional)": "85.5"})
    assert page.value("Cost rate (optional)") == "85.50"
    page.submit("Save", {"Cost rate (optional)": "much"}, status=422)


def test_rights_and_foreign_ids(app, cast, at):
    at("acme", cast.mary).open("/members", status=403)
    hank = at("globex", cast.hank)
    foreign = hank.client.get(f"/members/{cast.alan.id}")
    unknown = hank.client.get("/members/00000000-0000-0000-0000-000000000000")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert "Alan" not in foreign.text
    for path in ("deactivate", "password", "reactivate", "strange"):
        assert hank.client.get(f"/members/{cast.alan.id}/{path}").status_code == 404
