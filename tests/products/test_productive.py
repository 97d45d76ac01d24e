"""Productive's help page "Automatically Sync Users Between Okta and Productive with SCIM", step by step."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from portal.domain import workspaces
from tests import factories
from tests.products.walk import Walk


def test_the_help_page_from_top_to_bottom(walk: Callable[..., Walk]) -> None:
    at = walk("productive", plan="professional", seats=3)
    prerequisites(at)
    token = enable_scim(at)
    set_up_the_connector(at, token)
    map_attributes(at, token)
    create_a_user(at, token)
    keep_cost_rates_by_hand(at, token)
    need_a_seat(at)
    deactivate_a_user(at)
    disable_regular_login(at)


def prerequisites(at: Walk) -> None:
    """Prerequisites: the Ultimate plan, then SSO; the page says which is missing, and offers no button until both are there."""
    at.menu("Settings", "SSO and SCIM")
    at.says("The Professional plan does not include SCIM. Ask your Productive contact for Ultimate.")
    expect(at.page.get_by_role("button", name="Enable SCIM")).to_have_count(0)
    with factories.inside(at.live.app, "acme") as ctx:
        workspaces.set_plan(ctx, "ultimate")
    at.page.reload()
    at.says("Set up SAML single sign-on first: SCIM needs an active connection.")
    expect(at.page.get_by_role("button", name="Enable SCIM")).to_have_count(0)
    at.connect_saml()


def enable_scim(at: Walk) -> str:
    """Step 1: Settings > SSO and SCIM > Enable SCIM shows the base URL and the bearer token, which can be copied this once."""
    at.menu("Settings", "SSO and SCIM")
    at.press("Enable SCIM")
    at.press("Enable SCIM")
    token = at.value("Bearer token")
    assert at.value("Base URL") == at.live.url("acme", "/scim/v2")
    at.page.get_by_role("link", name="I have copied it").click()
    at.page.get_by_role("link", name="Okta", exact=True).click()
    at.says(token[-4:])
    assert token not in at.page.content()
    return token


def set_up_the_connector(at: Walk, token: str) -> None:
    """Steps 2 and 3: in Okta, Configure API integration, paste the token, Test API Credentials, Save."""
    at.menu("Settings", "SSO and SCIM")
    at.says("Paste the Base URL from above and the Bearer token.")
    at.paste(token)


def map_attributes(at: Walk, token: str) -> None:
    """Step 4: username, email, given and family name must be mapped; the guide names the same four, and a request without one fails."""
    at.to_app()
    required = {row[0] for row in at.beside("/okta-guide").rows("Attributes") if row[3] == "Yes"}
    assert required == {"userName", "email", "givenName", "familyName"}
    person = {"userName": "x@acme.example", "emails": [{"value": "x@acme.example"}], "name": {"givenName": "X", "familyName": "Y"}}
    for left_out in person:
        status, error = at.scim("POST", "/Users", {name: value for name, value in person.items() if name != left_out}, token=token)
        assert (status, left_out in error["detail"]) == (400, True)


def create_a_user(at: Walk, token: str) -> None:
    """Features, and Good to know 2 and 3: an employee or contractor, never a client; the permission set is Staff. Found by e-mail, too."""
    at.tab("Assignments")
    at.assign("Alan Turing")
    expect(at.row("Alan Turing")).to_contain_text("provisioned")
    alan, stored = at.member("Alan Turing"), at.stored("alan.turing@acme.example")
    assert "Contractor" in alan.text
    found = at.scim("GET", '/Users?filter=email eq "ALAN.turing@acme.example"&startIndex=1&count=100', token=token)[1]
    assert [user["id"] for user in found["Resources"]] == [stored.id]
    assert alan.value("Permission set") == "Staff"
    patch = {"Operations": [{"op": "add", "path": "userType", "value": "client"}]}
    status, error = at.scim("PATCH", f"/Users/{stored.id}", patch, token=token)
    assert (status, "Valid values: employee, contractor" in error["detail"]) == (400, True)


def keep_cost_rates_by_hand(at: Walk, token: str) -> None:
    """Features, and Good to know 4: an update arrives; the cost rate is set by hand, unseen by SCIM and untouched by its writes."""
    at.member("Alan Turing").submit("Save", {"Cost rate (optional)": "85.50"})
    at.page.get_by_role("link", name="Alan Turing").click()
    at.page.get_by_label("Title").fill("Chief researcher")
    at.press("Save")
    alan = at.member("Alan Turing")
    assert "Chief researcher" in alan.text
    assert alan.value("Cost rate (optional)") == "85.50"
    assert "85.5" not in str(at.scim("GET", f"/Users/{at.stored('alan.turing@acme.example').id}", token=token))


def need_a_seat(at: Walk) -> None:
    """Good to know 1: without a free seat nobody is provisioned, and Okta says how many are in use; with one more it goes through."""
    at.tab("Assignments")
    at.assign("Ada Lovelace")
    at.assign("Grace Hopper")
    expect(at.row("Grace Hopper")).to_contain_text("No seat left: 3 of 3 seats are in use.")
    assert "3 of 3 seats are in use" in at.beside("/seats").rows("Refused")[0][3]
    with factories.inside(at.live.app, "acme") as ctx:
        workspaces.set_seats(ctx, 4)
    at.row("Grace Hopper").get_by_role("button", name="Provision user").click()
    expect(at.row("Grace Hopper")).not_to_contain_text("No seat left")


def deactivate_a_user(at: Walk) -> None:
    """Features: who is taken out of the app is deactivated, which frees the seat."""
    at.row("Alan Turing").get_by_role("button", name="Unassign").click()
    assert "Deactivated" in at.member("Alan Turing").text
    assert "3 of 4 seats" in at.beside("/seats").text


def disable_regular_login(at: Walk) -> None:
    """From the page before: regular login is disabled by who came in through SSO; clients go on signing in with a password."""
    at.menu("Settings", "SSO and SCIM")
    at.says("Disable regular login: everybody but Client members signs in with Okta")
    at.page.get_by_label("Required").check()
    at.press("Save sign-in rule")
    at.says("They are shown only now")
    factories.make_person(at.live.app, "acme", "Clara", "Client", user_type="client", role="client")
    factories.make_person(at.live.app, "acme", "Eve", "Employee", role="client")
    for address, gets_in in (("clara@acme.example", True), ("eve@acme.example", False)):
        pages = at.visitor("/sign-in")
        assert "or with a password, only for Client" in pages.text
        pages.submit("Sign in", {"Email": address, "Password": factories.PASSWORD}, status=200 if gets_in else 422)
        assert (pages.path == "/account") is gets_in
