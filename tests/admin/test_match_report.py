"""Before SCIM is switched on: whom Okta would find, who would stay outside, which seats it takes; nothing changes until confirmed."""

from __future__ import annotations

import pytest

from portal.config import ROOT
from portal.domain import members, provisioning, workspaces
from tests import factories
from tests.pages import PageClient
from tests.support import site

PAGE = "/settings/sso"


def ready(app, slug="acme"):
    """Lets the workspace switch SCIM on without a SAML connection."""
    with factories.inside(app, slug) as ctx:
        ctx.workspace.scim_override = True


def figures(page):
    """The cards' numbers by their labels."""
    cards = page.page.xpath("//*[@class='card']")
    return {card.xpath("string(p[1])"): card.xpath("string(p[2])") for card in cards}


def test_the_switch_shows_who_would_be_linked_and_changes_nothing_until_confirmed(app, at, cast):
    ready(app)
    factories.make_person(app, "acme", "Kurt", "Gödel", user_name="kurt", role="maker")
    factories.make_person(app, "acme", "Emmy", "Noether", user_name="emmy noether@acme.example")
    with factories.inside(app, "acme") as ctx:
        members.create(ctx, {"user_name": "old@acme.example", "role": "maker"}, source="scim")
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"active": False})
        workspaces.set_seats(ctx, 4)
    page = at("acme", cast.grace).open(PAGE).submit("Enable SCIM")
    assert page.heading == "Enable SCIM?"
    assert figures(page) == {"Would be linked": "4", "Would stay outside": "2", "Managed before": "1"}
    for sentence in (
        "4 of 4 seats in use, 0 free",
        "2 linked members use one already",
        "1 deactivated member with a paid role would take a seat if Okta assigns that person; 0 are free.",
        "1 member that came from Okta before is locked again at once.",
        "Whoever Okta creates without naming a role becomes Contributor, which takes no seat.",
        "Every seat is in use",
    ):
        assert sentence in page.text, sentence
    assert [row[1] for row in page.rows()] == ["mary@acme.example", "alan@acme.example", "grace@acme.example", "ada@acme.example"]
    page.follow("Would stay outside")
    assert {row[0]: row[3] for row in page.rows()} == {
        "Kurt Gödel": "This is no e-mail address, and Okta's user names are. Change it to kurt@acme.example, or choose a username format "
        "in Okta that gives “kurt”.",
        "Emmy Noether": "A user name with spaces cannot be an Okta user name. Change it to the person's Okta user name.",
    }
    with factories.inside(app, "acme") as ctx:
        assert not ctx.workspace.scim_enabled
    page.submit("Enable SCIM")
    assert page.notice == "SCIM is on. Okta can manage members now."
    assert at("acme", cast.grace).open(f"{PAGE}/scim").notice == "SCIM is on already."


def test_where_scim_needs_an_address_whoever_has_none_is_told_to_change(make_app, tmp_path):
    strict = tmp_path / "strict.toml"
    shipped = (ROOT / "portal" / "profiles" / "productboard.toml").read_text()
    strict.write_text(shipped.replace("[scim]\n", "[scim]\nuser_name_is_email = true\n"))
    app = make_app(profile=str(strict))
    cast = factories.make_cast(app)
    ready(app)
    with factories.inside(app, "acme") as ctx:
        # As kept from a product that took any user name: by hand it could not be entered here.
        members.get(ctx, cast.mary.id).user_name = "mary"
    client = site.client(app, "acme")
    factories.sign_in(app, client, cast.grace)
    page = PageClient(client).open(f"{PAGE}/scim?show=outside")
    assert [row[3] for row in page.rows()] == ["SCIM needs an e-mail address as user name. Change it to mary@acme.example."]


@pytest.mark.parametrize(("path", "cause"), [("/integrations/tokens/new", "Generating this token"), ("/integrations/add", "Adding Okta")])
def test_where_a_token_switches_scim_on_its_page_says_before_what_that_does(make_app, path, cause):
    app = make_app(profile="travelbank")
    cast = factories.make_cast(app)
    factories.make_person(app, "acme", "Kurt", "Gödel", user_name="kurt", role="traveler")
    with factories.inside(app, "acme") as ctx:
        members.create(ctx, {"user_name": "old@acme.example"}, source="scim")
        workspaces.set_seats(ctx, ctx.workspace.seats_used)
    client = site.client(app, "acme")
    factories.sign_in(app, client, cast.grace)
    page = PageClient(client).open(path)
    for sentence in (
        f"{cause} switches SCIM on",
        "Okta can find 4 of 5 members by user name. Whom it assigns is linked, and locked here.",
        "1 member cannot be found as it is: when Okta assigns that person, it creates a second member.",
        "1 member that came from Okta before is locked again at once.",
        "Every seat is in use, so Okta is refused where a person needs one.",
    ):
        assert sentence in page.text, sentence
    page.follow("See who that is, and which seats it takes")
    assert (page.heading, figures(page)["Would be linked"], figures(page)["Would stay outside"]) == ("Enable SCIM?", "4", "1")
    factories.enable_scim(app, "acme")
    assert "switches SCIM on" not in page.open(path).text


@pytest.mark.one_database
def test_a_newcomer_who_makes_a_token_reads_that_nobody_is_locked(make_app):
    app = make_app(profile="productive")
    cast = factories.make_cast(app)
    ready(app, "globex")
    client = site.client(app, "globex")
    factories.sign_in(app, client, cast.hank)
    page = PageClient(client).open("/integrations/tokens/new")
    assert "You are the only member, so there is nobody to link or to lock." in page.text
    page.submit("Generate bearer token", {"Name": "Okta"})
    with factories.inside(app, "globex") as ctx:
        assert provisioning.is_on(ctx)


def test_the_only_member_reads_that_there_is_nothing_to_report(app, at, cast):
    ready(app, "globex")
    page = at("globex", cast.hank).open(PAGE).submit("Enable SCIM")
    assert "You are the only member, so there is nobody to link or to lock." in page.text
    assert figures(page) == {}
    page.submit("Enable SCIM")
    with factories.inside(app, "globex") as ctx:
        assert provisioning.is_on(ctx)


def test_what_scim_still_needs_is_said_instead_of_a_report(app, at, cast):
    page = at("acme", cast.grace).open(f"{PAGE}/scim")
    assert page.heading == "SSO and SCIM"
    assert page.notice == "Set up SAML single sign-on first: SCIM needs an active connection."
    at("acme", cast.mary).open(f"{PAGE}/scim", status=403)


def test_many_members_are_counted_and_paged(app, at, cast, count_queries):
    ready(app)
    page = at("acme", cast.grace)
    few = count_queries(lambda: page.open(f"{PAGE}/scim"))
    with factories.inside(app, "acme") as ctx:
        for number in range(60):
            members.create(ctx, {"user_name": f"person-{number}@acme.example"}, source="manual")
    assert count_queries(lambda: page.open(f"{PAGE}/scim")) == few
    assert len(page.rows()) == 50
    page.follow("Next page of members")
    assert len(page.rows()) == 14
    assert "64 members" in page.text
