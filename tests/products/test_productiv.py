"""Productiv's help page "Okta SSO Provisioning Setup Guide", step by step."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from portal.domain import members
from tests import factories
from tests.products.walk import Walk
from tests.support.browser import texts

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ROLES = {
    "Super Admin": "super-admin",
    "Application Admin": "admin",
    "Basic User": "basic-user",
    "Limited Plus User": "limited-plus-user",
    "Limited User": "limited-user",
    "Appstore User": "appstore-user",
}


def test_the_help_page_from_top_to_bottom(walk: Callable[..., Walk]) -> None:
    at = walk("productiv", seats=20)
    at.connect_saml()  # Step 1: set up login with Okta.
    token = generate_a_token(at)
    enable_provisioning(at, token)
    custom_role = make_a_custom_role(at)
    add_the_role_attribute(at, custom_role)
    give_roles_by_group(at, custom_role)
    take_every_role(at, token)
    import_users(at)
    lose_access(at)


def generate_a_token(at: Walk) -> str:
    """Step 2: Settings > Organization; below Set up Single Sign-On (SSO) Access stands SCIM Integration with Generate new token."""
    at.menu("Settings", "Organization")
    headings = texts(at.page.get_by_role("heading"))
    assert headings.index("Set up Single Sign-On (SSO) Access") < headings.index("SCIM Integration")
    at.page.get_by_role("link", name="Generate new token", exact=True).click()
    at.page.get_by_label("Name", exact=True).fill("Okta")
    at.press("Generate new token")
    expect(at.page.get_by_role("button", name="Copy API Token")).to_be_visible()
    token = at.value("API Token")
    at.menu("Settings", "Organization")
    at.says("SCIM is on")
    return token


def enable_provisioning(at: Walk, token: str) -> None:
    """Steps 3 and 4: Provisioning > Integration > API token, Import Groups unticked, Test API Credentials, Save; then To App."""
    at.tab("Provisioning")
    assert not at.page.get_by_label("Import Groups").is_checked()
    at.paste(token)
    at.to_app()


def make_a_custom_role(at: Walk) -> str:
    """Step 5, the last row of its table: user settings > Manage custom roles; its id stands in the table, to be copied."""
    at.menu("User settings", "Manage custom roles")
    at.page.get_by_role("link", name="Create custom role").click()
    at.page.get_by_label("Name", exact=True).fill("Finance")
    at.page.get_by_label("Limited Plus User").check()
    at.page.get_by_label("Salesforce").check()
    at.page.get_by_label("Zoom").check()
    at.press("Create custom role")
    at.menu("User settings", "Manage custom roles")
    [row] = at.beside("/roles").rows("Custom roles")
    assert row[:2] == ["Finance 2 restricted apps", "Limited Plus User"]
    expect(at.page.get_by_role("button", name="Copy Id of Finance")).to_be_visible()
    return at.page.get_by_label("Id of Finance", exact=True).input_value()


def add_the_role_attribute(at: Walk, custom_role: str) -> None:
    """Step 5: Profile Editor > Add Attribute: permissionsRole, by name and namespace, of type Group; the guide has the same values."""
    guide = at.beside("/okta-guide?app=token")
    assert "variable name permissionsRole" in guide.text
    assert guide.value("External name") == "permissionsRole"
    assert guide.value("External namespace") == CORE
    assert {row[0]: row[1] for row in guide.rows("Values")} == {**ROLES, "Finance": custom_role}
    at.tab("Provisioning")
    at.page.get_by_label("External name", exact=True).fill("permissionsRole")
    at.page.get_by_label("External namespace").fill(CORE)
    at.page.get_by_label("Enumerated list of values").fill("")
    at.page.get_by_label("Attribute type").select_option("Group")
    at.press("Save attribute")


def give_roles_by_group(at: Walk, custom_role: str) -> None:
    """Step 5: who comes with a group has the group's role; a custom role's id gives its permission level and restricted apps."""
    at.tab("Assignments")
    at.page.get_by_label("Group", exact=True).select_option("Product")
    at.page.get_by_label("Role of the group").fill(custom_role)
    at.press("Assign group")
    expect(at.row("Mary Jackson")).to_contain_text("provisioned")
    mary = at.member("Mary Jackson").text
    assert "Role Finance" in mary
    assert "Permission level Limited Plus User" in mary
    assert "Restricted apps Salesforce, Zoom" in mary


def take_every_role(at: Walk, token: str) -> None:
    """Step 5: the six strings, each the role of its row; anything else is refused with the list."""
    for value in ROLES.values():
        body = {"userName": f"{value}@acme.example", "permissionsRole": value}
        status, user = at.scim("POST", "/Users", body, token=token)
        assert (status, user["permissionsRole"], at.stored(body["userName"]).role) == (201, value, value)
    status, error = at.scim("POST", "/Users", {"userName": "x@acme.example", "permissionsRole": "owner"}, token=token)
    assert (status, "super-admin, admin, basic-user" in error["detail"]) == (400, True)


def import_users(at: Walk) -> None:
    """Supported features: Import Users finds the product's own users, matched with people of Okta where they are the same."""
    with factories.inside(at.live.app, "acme") as ctx:
        members.create(ctx, {"user_name": "radia.perlman@acme.example", "email": "radia.perlman@acme.example", "given_name": "Radia",
                             "family_name": "Perlman", "role": "basic-user"}, source="manual")  # fmt: skip
    at.tab("Import")
    at.press("Import Now")
    expect(at.row("radia.perlman@acme.example")).to_contain_text("Radia Perlman, exact match")
    at.row("radia.perlman@acme.example").get_by_role("button", name="Confirm").click()
    at.tab("Assignments")
    expect(at.row("Radia Perlman")).to_be_visible()


def lose_access(at: Walk) -> None:
    """Step 4: who is unassigned is disabled; the record and its role stay."""
    at.row("Radia Perlman").get_by_role("button", name="Unassign").click()
    expect(at.row("Radia Perlman")).to_have_count(0)
    radia = at.stored("radia.perlman@acme.example")
    assert (radia.status, radia.role) == ("inactive", "basic-user")
