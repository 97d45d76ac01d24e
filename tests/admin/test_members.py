"""Members: the list, one member, and what Okta's management locks in page and server."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from portal.domain import members, workspaces
from portal.models import Member, Session
from tests import factories


def test_the_list_is_searched_and_filtered_by_the_address(app, cast, at):
    page = at("acme", cast.ada).open("/members")
    assert [row[1].split(" ")[0] for row in page.rows()] == ["Mary", "Alan", "Grace", "Ada"]
    assert [row[1].split(" ")[0] for row in page.open("/members?q=lov").rows()] == ["Ada"]
    assert [row[1].split(" ")[0] for row in page.open("/members?role=maker").rows()] == ["Alan"]
    assert "Nobody fits" in page.open("/members?q=zz&status=inactive").text
    assert "Nobody fits" in page.open("/members?role=nonesuch").text
    page.open("/members?q=%00&before=x&after=%00&source=strange")


def test_an_admin_adds_somebody_and_hands_a_link_over(app, cast, at):
    page = at("acme", cast.grace).open("/members/new")
    assert "Cancel" in page.links
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
    page.submit("Save", {"First name (optional)": "Al\tan"}, status=422)
    assert page.errors == [
        "The first name contains a tab (U+0009) as character 3. Remove it: this stands on one line, without control characters."
    ]
    assert page.open(f"/members/{cast.alan.id}").heading == "Alan Turing"


def test_a_member_from_a_time_that_took_control_characters_can_be_edited(app, cast, at):
    """What there is may stay, and goes as soon as the names change."""
    with factories.inside(app, "acme") as ctx:
        old = {"given_name": "Al\tan", "display_name": "Al\tan Turing", "title": "Lo\x85gician"}
        ctx.session.execute(update(Member).where(Member.id == cast.alan.id).values(**old))
    page = at("acme", cast.grace).open(f"/members/{cast.alan.id}")
    page.submit("Save", {"Department (optional)": "Logic"})
    page.submit("Save", {"Last name (optional)": "Turing-Church"})
    assert page.heading == "Al an Turing-Church"
    page.submit("Save", {"Job title (optional)": "Lo\x85gic"}, status=422)
    assert page.errors[0].startswith("The title contains a line break (U+0085) as character 3.")


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
    answer = page.client.post(f"/members/{cast.alan.id}/deactivate", data={"csrf_token": token})
    assert (answer.status_code, "Managed by Okta" in answer.text) == (422, True)
    answer = page.client.post("/members/deactivate", data={"csrf_token": token, "member": [cast.alan.id]})
    with factories.inside(app, "acme") as ctx:
        alan = members.get(ctx, cast.alan.id)
        assert (alan.given_name, alan.role, alan.active) == ("Alan", "maker", True)
        members.update_member(ctx, alan, {"active": False})
    assert "To reactivate the member, assign the person to the app again" in page.open(f"/members/{cast.alan.id}").text
    assert "Make owner Alan Turing" not in at("acme", cast.ada).open(f"/members/{cast.alan.id}").links
    with factories.inside(app, "acme") as ctx:
        ctx.workspace.scim_enabled = False
    assert "Save" in page.open(f"/members/{cast.alan.id}").buttons


def test_the_last_owner_stays(app, cast, at):
    page = at("acme", cast.ada).open(f"/members/{cast.ada.id}")
    page.follow("Take ownership away Ada Lovelace").submit("Take ownership away", status=422)
    assert page.errors == ["Ada Lovelace is the last owner of Acme. Make another member an owner first."]
    page.open(f"/members/{cast.ada.id}").follow("Deactivate").submit("Deactivate", status=422)
    assert "last owner" in page.errors[0]
    page.open(f"/members/deactivate?member={cast.ada.id}&member={cast.mary.id}").submit("Deactivate 2 members", status=422)
    assert "last owner" in page.errors[0]
    page.open(f"/members/{cast.grace.id}").follow("Make owner Grace Hopper").submit("Make owner")
    assert page.notice == "Grace Hopper is an owner now."
    page.open(f"/members/{cast.ada.id}").follow("Take ownership away Ada Lovelace").submit("Take ownership away")
    assert page.notice == "Ada Lovelace is no owner any more."


def test_an_admin_does_not_become_an_owner_by_way_of_one(app, cast, at):
    page = at("acme", cast.grace).open(f"/members/{cast.ada.id}")
    assert "Reset password" not in page.links
    assert "Deactivate" not in page.links
    assert "Save" not in page.buttons
    token = page.page.xpath("//input[@name='csrf_token']/@value")[0]
    attacks: dict[str, tuple[dict[str, str], int]] = {
        "": ({"user_name": cast.grace.user_name + ".example"}, 422),
        "/password": ({}, 422),
        "/deactivate": ({}, 422),
        "/owner": ({"on": "0"}, 403),
        "/sessions/end": ({}, 422),
    }
    for path, (fields, status) in attacks.items():
        answer = page.client.post(f"/members/{cast.ada.id}{path}", data={"csrf_token": token, **fields})
        assert answer.status_code == status, path
        assert "/set-password/" not in answer.text
    assert page.client.post(f"/members/{cast.grace.id}/owner", data={"csrf_token": token, "on": "1"}).status_code == 403
    page.open(f"/members/deactivate?member={cast.ada.id}&member={cast.mary.id}")
    assert page.heading == "Deactivate 1 member?"
    assert "Ada Lovelace: an owner" in page.text
    with factories.inside(app, "acme") as ctx:
        ada = members.get(ctx, cast.ada.id)
        assert (ada.user_name, ada.active, ada.owner) == (cast.ada.user_name, True, True)


def test_several_members_are_deactivated_after_a_count(app, cast, at):
    page = at("acme", cast.ada).open("/members")
    page.submit("Deactivate chosen members", {"Choose Alan Turing": True, "Choose Mary Shelley": True})
    assert page.heading == "Deactivate 2 members?"
    assert "1 seat is free" in page.text
    page.submit("Deactivate 2 members")
    assert page.notice == "2 members are deactivated."
    with factories.inside(app, "acme") as ctx:
        assert [members.get(ctx, key.id).active for key in (cast.alan, cast.mary, cast.grace)] == [False, False, True]
    page.open(f"/members/deactivate?member={cast.alan.id}&member={cast.hank.id}&member=%00&member=x")
    assert page.heading == "Nobody to deactivate"
    assert "Alan Turing: deactivated already" in page.text
    assert "Hank" not in page.text


def test_several_members_are_reactivated_as_far_as_seats_go(app, cast, at):
    with factories.inside(app, "acme") as ctx:
        for person in (cast.alan, cast.mary):
            members.update_member(ctx, members.get(ctx, person.id), {"active": False})
        workspaces.set_seats(ctx, 2)
    page = at("acme", cast.ada).open("/members?status=inactive")
    page.submit("Reactivate chosen members", {"Choose Alan Turing": True, "Choose Mary Shelley": True})
    assert (page.heading, "use 1 seat." in page.text) == ("Reactivate 2 members?", True)
    page.submit("Reactivate 2 members", status=422)
    assert "2 of 2 seats" in page.text
    with factories.inside(app, "acme") as ctx:
        assert not any(members.get(ctx, key.id).active for key in (cast.alan, cast.mary))
        workspaces.set_seats(ctx, 3)
    page.submit("Reactivate 2 members")
    assert page.notice == "2 members are active again."
    assert "Reactivate chosen members" not in page.open("/members").text
    assert "Alan Turing: active already" in page.open(f"/members/reactivate?member={cast.alan.id}&member={cast.hank.id}").text


def test_a_display_name_made_of_the_names_follows_them(app, cast, at):
    page = at("acme", cast.grace).open(f"/members/{cast.alan.id}").submit("Save", {"Last name (optional)": "M. Turing"})
    assert page.heading == "Alan M. Turing"


def test_what_was_not_sent_is_not_erased(app, cast, at):
    page = at("acme", cast.grace).open(f"/members/{cast.alan.id}")
    token = page.page.xpath("//input[@name='csrf_token']/@value")[0]
    page.client.post(f"/members/{cast.alan.id}", data={"csrf_token": token, "user_name": cast.alan.user_name, "title": "Reader"})
    with factories.inside(app, "acme") as ctx:
        alan = members.get(ctx, cast.alan.id)
        assert (alan.title, alan.email, alan.role) == ("Reader", "alan@acme.example", "maker")


def test_where_sso_is_required_no_password_link_is_made(app, cast, at):
    page = at("acme", cast.grace)
    with factories.inside(app, "acme") as ctx:
        ctx.workspace.sso = "required"
    assert "Reset password" not in page.open(f"/members/{cast.alan.id}").links
    page.open(f"/members/{cast.alan.id}/password").submit("Make password link", status=422)
    assert "signs in with Okta" in page.errors[0]
    page.open("/members/new").submit("Add member", {"User name": "una@acme.example"})
    assert page.notice == "una@acme.example is added and signs in with Okta."


def test_an_admin_signs_a_member_out(app, cast, at):
    alan = at("acme", cast.alan)
    with factories.inside(app, "acme") as ctx:
        ctx.session.query(Session).filter_by(member_id=cast.alan.id).update({"user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"})
    page = at("acme", cast.grace).open(f"/members/{cast.alan.id}")
    assert "Firefox on Linux" in page.text
    assert "Mozilla" not in page.text
    page.submit(next(name for name in page.buttons if name.startswith("Sign out Alan Turing")))
    assert page.notice == "Alan Turing is signed out of the browser."
    assert alan.open("/account").heading.startswith("Sign in")


@pytest.mark.parametrize("path", ["/members?role=%00&status=%00&source=%00", "/members?role=%F0%80", "/members/deactivate?member=%00"])
def test_strange_addresses_are_answered(app, cast, at, path):
    at("acme", cast.grace).open(path)
    assert at("acme", cast.grace).client.get("/members/%00").status_code == 404


def test_subsidiaries_are_added_by_hand(make_app):
    from tests.pages import PageClient
    from tests.support import site

    app = make_app(profile="productive")
    cast = factories.make_cast(app)
    page = PageClient(site.client(app, "acme"))
    factories.sign_in(app, page.client, cast.grace)
    page.open("/members").follow("Subsidiaries").submit("Add subsidiary", {"Name": "Acme Nord"})
    assert page.notice == "Acme Nord is added."
    page.submit("Add subsidiary", {"Name": "ACME NORD"}, status=422)
    page.open(f"/members/{cast.alan.id}").submit("Save", {"Subsidiary (optional)": "acme nord"})
    page.submit("Save", {"Subsidiary (optional)": "Nowhere"}, status=422)
    assert "Acme Nord" in page.errors[0]


def test_nobody_gets_the_permission_set_that_happens_to_stand_first(make_app):
    from tests.pages import PageClient
    from tests.support import site

    app = make_app(profile="productive")
    cast = factories.make_cast(app)
    page = PageClient(site.client(app, "acme"))
    factories.sign_in(app, page.client, cast.grace)
    page.open("/members/new").submit("Add member", {"User name": "clara@client.example", "User type": "Client", "Role": "Client"})
    page.follow("Show clara@client.example")
    assert (page.value("Permission set"), page.value("User type")) == ("Staff", "Client")
    with factories.inside(app, "acme") as ctx:  # who was here before the product had permission sets
        ctx.session.execute(update(Member).where(Member.id == cast.alan.id).values(permission_set=None))
    page.open(f"/members/{cast.alan.id}").submit("Save", {"Job title (optional)": "Mathematician"})
    with factories.inside(app, "acme") as ctx:
        assert members.get(ctx, cast.alan.id).permission_set is None


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
    assert page.value("Cost rate (optional)") == "much"
    assert f"First name {cast.alan.given_name} Managed by Okta" in page.text  # What is locked is not sent, and stays to be read.


def test_rights_and_foreign_ids(app, cast, at):
    at("acme", cast.mary).open("/members", status=403)
    hank = at("globex", cast.hank)
    foreign = hank.client.get(f"/members/{cast.alan.id}")
    unknown = hank.client.get("/members/00000000-0000-0000-0000-000000000000")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert "Alan" not in foreign.text
    for path in ("deactivate", "password", "reactivate", "strange"):
        assert hank.client.get(f"/members/{cast.alan.id}/{path}").status_code == 404
