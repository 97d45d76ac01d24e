"""The whole story, as the admin and as the member: Okta connects, a member signs in, and is gone once unassigned."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from portal.domain import clients, links, members
from portal.extensions import db
from standin import create_app
from standin.config import Config
from tests import factories
from tests.support.browser import texts
from tests.support.processes import free_port
from tests.support.serving import serving
from tests.support.site import LiveServer

OKTAS_STEPS = ("test-call", "first-user", "first-group")


@pytest.fixture
def okta(live: LiveServer) -> Iterator[str]:
    """The stand-in Okta behind a real socket, with an OAuth client of the portal; its address."""
    port = free_port()
    address = f"http://okta.localhost:{port}"
    with live.app.app_context():
        callback = f"{address}/admin/app/cpc/productboard/oauth/callback"
        client, secret = clients.register_catalog(db.session(), name="Okta", okta_app="productboard", redirect_uris=[callback])
        client_id = client.client_id
        db.session.commit()
    config = Config(
        port=port,
        portal_url=live.settings.base_url,
        client_id=client_id,
        client_secret=secret,
        owner_email="owner@acme.example",
        owner_name="Olivia Owner",
    )
    server = make_server("127.0.0.1", port, create_app(config), threaded=True)
    with serving(server):
        yield address


def test_okta_connects_and_a_member_signs_in(live: LiveServer, okta: str, new_page: Callable[..., Page]) -> None:
    """With scripts on SQLite, where a second tab watches the steps being ticked; without scripts on PostgreSQL."""
    scripts = live.settings.database_url.startswith("sqlite")
    factories.make_workspace(live.app, "acme", "Acme", seats=5)
    with factories.inside(live.app, "acme") as ctx:
        owner = {"user_name": "owner@acme.example", "email": "owner@acme.example", "given_name": "Olivia", "family_name": "Owner"}
        link = links.make(ctx, members.create(ctx, {**owner, "role": "admin"}, source="manual", owner=True), "invitation")
    admin, person = new_page(scripts=scripts), new_page(scripts=scripts)
    set_password(admin, live.url("acme", f"/set-password/{link}"))
    see_what_is_next(admin)
    connect_saml(admin, live, okta, scripts)
    switch_scim_on(admin, live)
    tab = watch(admin, live)
    authenticate(admin, okta)
    name = assign_somebody(admin, okta)
    push_a_group(admin, okta)
    if scripts:
        see_the_steps_tick(tab)
    see_locked_fields(admin, live, name)
    sign_in(person, live, name, scripts)
    see_what_okta_did(admin, live, name)
    unassign(admin, okta, name)
    person.goto(live.url("acme", "/account"))
    expect(person.get_by_role("heading", level=1)).to_contain_text("Sign in")


def set_password(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("New password").fill("correct horse battery staple")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your password is set and you are signed in.")).to_be_visible()


def pass_on(page: Page, scripts: bool) -> None:
    """Without scripts, a page that only passes on has a button for it."""
    if not scripts:
        page.get_by_role("button", name="Continue", exact=True).click()


def see_what_is_next(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    expect(page.get_by_role("heading", name="Set up Okta")).to_be_visible()
    page.get_by_role("link", name="Connect Okta").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SSO and SCIM")


def watch(page: Page, live: LiveServer) -> Page:
    """A second tab of the same browser that is left alone."""
    tab = page.context.new_page()
    tab.goto(live.url("acme", "/settings/sso"))
    states = [(step.get_attribute("data-step"), step.get_attribute("data-state")) for step in tab.locator("[data-step]").all()]
    assert states == [("metadata", "done"), ("sign-in", "done"), ("token", "current"), *((step, "todo") for step in OKTAS_STEPS)]
    return tab


def see_the_steps_tick(tab: Page) -> None:
    for step in ("token", *OKTAS_STEPS):
        expect(tab.locator(f"[data-step={step}]")).to_have_attribute("data-state", "done")
    expect(tab.locator("[data-step=first-user] [data-step-note]")).to_contain_text("The first member came from Okta on")
    expect(tab.locator("[data-steps-said]")).to_contain_text("Done: Push the first group from Okta.")


def connect_saml(page: Page, live: LiveServer, okta: str, scripts: bool) -> None:
    page.goto(f"{okta}/admin/apps")
    page.get_by_role("link", name="Productboard").click()
    page.get_by_role("link", name="Assignments").click()
    page.get_by_label("Person", exact=True).select_option(label="Olivia Owner")
    page.get_by_role("button", name="Assign person").click()
    page.get_by_role("link", name="Sign On").click()
    metadata = page.get_by_role("link", name="View IdP metadata").get_attribute("href") or ""
    page.goto(live.url("acme", "/settings/sso"))
    page.get_by_label("Metadata URL").fill(metadata if metadata.startswith("http") else okta + metadata)
    page.get_by_role("button", name="Save & authorize").click()
    page.get_by_role("button", name="Authorize", exact=True).click()
    page.get_by_role("button", name="Sign in as Olivia Owner").click()
    pass_on(page, scripts)
    expect(page.get_by_text("Okta is connected").first).to_be_visible()


def switch_scim_on(page: Page, live: LiveServer) -> None:
    page.goto(live.url("acme", "/settings/sso"))
    page.get_by_role("button", name="Enable SCIM").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enable SCIM?")
    page.get_by_role("button", name="Enable SCIM").click()
    expect(page.get_by_text("SCIM is on.")).to_be_visible()
    page.get_by_role("button", name="Turn on Manage teams with SCIM").click()
    expect(page.get_by_text("Okta manages the teams of this workspace now.")).to_be_visible()


def authenticate(page: Page, okta: str) -> None:
    page.goto(f"{okta}/admin/apps")
    page.get_by_role("link", name="Productboard").click()
    page.get_by_role("link", name="Provisioning").click()
    page.get_by_role("button", name="Authenticate with Productboard").click()
    page.get_by_label("Workspace subdomain").fill("acme")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Okta")
    page.get_by_role("button", name="Authorize", exact=True).click()
    page.wait_for_url(f"{okta}/**")
    page.get_by_role("button", name="Test API Credentials").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Provisioning is on")).to_be_visible()
    for box in ("Create Users", "Update User Attributes", "Deactivate Users"):
        page.get_by_label(box).check()
    page.get_by_role("button", name="Save To App").click()


def assign_somebody(page: Page, okta: str) -> str:
    page.get_by_role("link", name="Assignments").click()
    choice = page.get_by_label("Person", exact=True)
    name = next(text for text in texts(choice.locator("option")) if "Owner" not in text)
    choice.select_option(label=name)
    page.get_by_role("button", name="Assign person").click()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row.get_by_role("button", name="Provision user")).to_have_count(0)
    return name


def push_a_group(page: Page, okta: str) -> None:
    page.goto(f"{okta}/admin/apps")
    page.get_by_role("link", name="Productboard").click()
    page.get_by_role("link", name="Push Groups").click()
    page.get_by_label("Group", exact=True).select_option(label="Product")
    page.get_by_role("button", name="Push group", exact=True).click()
    pushed = page.get_by_role("rowheader", name="Product", exact=True).locator("..")
    expect(pushed).to_contain_text("active")


def see_locked_fields(page: Page, live: LiveServer, name: str) -> None:
    page.goto(live.url("acme", "/members"))
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(page.get_by_text("Managed by Okta").first).to_be_visible()


def sign_in(page: Page, live: LiveServer, name: str, scripts: bool) -> None:
    page.goto(live.url("acme", "/account"))
    page.get_by_role("link", name="Sign in with Okta account").click()
    page.get_by_role("button", name=f"Sign in as {name}").click()
    pass_on(page, scripts)
    page.wait_for_url(live.url("acme", "/account"))
    expect(page.get_by_text(name).first).to_be_visible()


def see_what_okta_did(page: Page, live: LiveServer, name: str) -> None:
    page.goto(live.url("acme", "/provisioning-log"))
    expect(page.get_by_text(f"Okta created {name}").first).to_be_visible()
    page.goto(live.url("acme", "/connected-apps"))
    expect(page.get_by_role("heading", name="Okta", exact=True)).to_be_visible()


def unassign(page: Page, okta: str, name: str) -> None:
    page.goto(f"{okta}/admin/apps")
    page.get_by_role("link", name="Productboard").click()
    page.get_by_role("link", name="Assignments").click()
    page.get_by_role("row").filter(has_text=name).get_by_role("button", name="Unassign").click()
    expect(page.get_by_role("row").filter(has_text=name)).to_have_count(0)
