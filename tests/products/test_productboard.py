"""Productboard's two help pages "Setting up SCIM provisioning with OKTA": the custom app with a token, and the catalog's app by consent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from portal.domain import sso
from tests import factories
from tests.products.walk import Walk
from tests.support import profiles

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


def test_the_page_of_the_custom_app_from_top_to_bottom(walk: Callable[..., Walk]) -> None:
    at = walk("productboard", kind="custom")
    members_before_scim(at)
    configure_custom_app(at)
    assign_oneself(at)
    authorize_sso(at)
    toggle_scim_on(at)
    token = make_an_access_token(at)
    fill_in_the_connector(at, token)
    add_the_role(at)
    provision_who_was_assigned_before(at)
    see_who_is_locked(at)
    choose_a_role(at)
    provision_somebody_new(at)


def test_the_page_of_the_catalog_app_from_top_to_bottom(walk: Callable[..., Walk]) -> None:
    at = walk("productboard")
    members_before_scim(at)
    at.connect_saml()
    toggle_scim_on(at)
    authenticate_with_productboard(at)
    at.to_app()
    provision_who_was_assigned_before(at, linked="Olivia Owner")
    provision_somebody_new(at)
    push_a_profile_update(at)
    deactivate_and_reactivate(at)
    import_users(at)
    manage_teams(at)


def test_authorizing_where_the_profile_asks_to_sign_in(walk: Callable[..., Walk], tmp_path: Path) -> None:
    """The page's steps 7 to 10 to the letter, by an operator's own profile; and its word on errors: the old configuration goes on."""
    at = walk(profiles.asking(tmp_path), kind="custom")
    members_before_scim(at)
    configure_custom_app(at)
    assign_oneself(at)
    save_and_authorize(at)
    at.says("asks you to sign in under SAML SSO to authorize this connection")
    sign_in_with_okta_account(at, "Olivia Owner")
    at.says("Okta is connected")
    save_and_authorize(at)
    sign_in_with_okta_account(at, "Alan Turing")
    at.says("The assertion is about another person than the admin who authorizes.")
    at.says("your present connection is still there and working")
    assert "Sign in with Okta account" in at.visitor("/sign-in").links


def members_before_scim(at: Walk) -> None:
    """The workspace has members already: Alan, whom Okta knows, and Zoe, whom it does not."""
    factories.make_person(at.live.app, "acme", "Alan", "Turing", role="viewer", user_name="alan.turing@acme.example")
    factories.make_person(at.live.app, "acme", "Zoe", "Quick", role="viewer")


def configure_custom_app(at: Walk) -> None:
    """Configure custom app integration: the values of the page are those that go into Okta's SAML settings."""
    at.menu("Settings", "SSO and SCIM")
    values = [at.value(label) for label in ("ACS URL", "Entity ID", "Name ID format", "First name attribute", "Last name attribute")]
    assert values == [at.live.url("acme", "/users/auth/saml/callback"), "productboard", "EmailAddress", "firstName", "lastName"]
    at.tab("Sign On")
    at.page.get_by_label("Single sign-on URL").fill(values[0])
    at.page.get_by_label("Audience URI").fill(values[1])
    at.page.get_by_label("Name ID format").select_option(values[2])
    at.page.get_by_label("Attribute 1 name").fill(values[3])
    at.page.get_by_label("Attribute 2 name").fill(values[4])
    at.press("Save")


def assign_oneself(at: Walk) -> None:
    """Assigning members: oneself, too, to be able to authorize."""
    at.tab("Assignments")
    for name in ("Olivia Owner", "Alan Turing"):
        at.assign(name)


def authorize_sso(at: Walk) -> None:
    """Authorizing SAML SSO as shipped: the red Authorize leads to Okta's sign-in at once."""
    save_and_authorize(at)
    at.press("Sign in as Olivia Owner")
    at.says("Okta is connected")
    assert "Sign in with Okta account" in at.visitor("/sign-in").links


def save_and_authorize(at: Walk) -> None:
    """Steps 1 to 8: View IdP metadata; From metadata, Manifest URL, Save & authorize, the red Authorize."""
    at.tab("Sign On")
    metadata = at.page.get_by_role("link", name="View IdP metadata").get_attribute("href") or ""
    at.menu("Settings", "SSO and SCIM")
    field = at.page.get_by_role("group", name="From metadata").get_by_label("Metadata URL")
    expect(field).to_have_accessible_description("In Okta: the app's Sign On tab, Metadata details. Also called Manifest URL.")
    field.fill(metadata)
    before = sso_mode(at)
    at.press("Save & authorize")
    expect(at.page.get_by_role("button", name="Authorize", exact=True)).to_have_class("button button-danger")
    assert sso_mode(at) == before  # a candidate alone changes nothing
    at.press("Authorize")


def sso_mode(at: Walk) -> str:
    """Whether members may sign in with Okta."""
    with factories.inside(at.live.app, "acme") as ctx:
        return sso.mode(ctx)


def sign_in_with_okta_account(at: Walk, name: str) -> None:
    """Steps 9 and 10: the page that asks, Sign in with Okta account; then Okta's own sign-in, where nobody is signed in."""
    at.page.context.clear_cookies(domain="okta.localhost")
    at.page.get_by_role("link", name="Sign in with Okta account").click()
    at.press(f"Sign in as {name}")


def toggle_scim_on(at: Walk) -> None:
    """Settings > SSO and SCIM > SCIM Provisioning, on."""
    at.menu("Settings", "SSO and SCIM")
    expect(at.heading("SCIM Provisioning")).to_be_visible()
    at.press("Enable SCIM")
    at.press("Enable SCIM")
    at.says("SCIM is on.")


def make_an_access_token(at: Walk) -> str:
    """Integrations > Public API > a new access token with a name, then Copy."""
    at.menu("Integrations")
    expect(at.heading("Public API")).to_be_visible()
    at.page.get_by_role("link", name="Generate new token").click()
    at.page.get_by_label("Name", exact=True).fill("Okta")
    at.press("Generate new token")
    expect(at.page.get_by_role("button", name="Copy Token")).to_be_visible()
    return at.value("Token")


def fill_in_the_connector(at: Walk, token: str) -> None:
    """SCIM connector base URL, HTTP Header, Test Connector Configuration, Save, and the provisioning actions."""
    at.paste(token, at.live.url("api", "/scim/v2"))
    at.to_app()


def add_the_role(at: Walk) -> None:
    """Profile Editor > Add Attribute: data type string, variable role, external name and namespace as the guide has them, four values."""
    guide = at.beside("/okta-guide?app=custom")
    at.page.get_by_label("External name", exact=True).fill(guide.value("External name"))
    at.page.get_by_label("External namespace").fill(guide.value("External namespace"))
    values = [row[1] for row in guide.rows("Values")]
    assert (guide.value("External name"), values) == ("roles.^[primary==true].value", ["admin", "maker", "contributor", "viewer"])
    at.page.get_by_label("Enumerated list of values").fill("\n".join(values))
    at.press("Save attribute")


def provision_who_was_assigned_before(at: Walk, linked: str = "Alan Turing") -> None:
    """Who was assigned before shows an error until Provision User is chosen; then the member is linked, with the role it had."""
    at.tab("Assignments")
    expect(at.row(linked)).to_contain_text("Assigned before provisioning was on")
    before = at.stored(f"{linked.lower().replace(' ', '.')}@acme.example" if linked != "Olivia Owner" else "owner@acme.example")
    at.row(linked).get_by_role("button", name="Provision user").click()
    expect(at.row(linked)).to_contain_text("provisioned")
    after = at.stored(before.user_name)
    assert (after.id, after.role, before.provisioned, after.provisioned) == (before.id, before.role, False, True)


def see_who_is_locked(at: Walk) -> None:
    """Linked members are not editable any more; the one whom SCIM does not manage still is."""
    at.menu("Members")
    expect(at.page.get_by_role("row").filter(has_text="Alan Turing").get_by_text("Okta")).to_be_visible()
    at.page.get_by_role("link", name="Alan Turing").click()
    at.says("Managed by Okta")
    at.says("Okta linked Alan Turing")  # the story of the member tells when Okta took over
    expect(at.page.get_by_role("textbox", name="First name")).to_have_count(0)
    at.menu("Members", "Zoe Quick")
    expect(at.page.get_by_label("First name")).to_be_editable()


def choose_a_role(at: Walk) -> None:
    """The note on roles: Okta sends none until one is chosen and saved; then it arrives."""
    at.tab("Assignments")
    at.page.get_by_role("link", name="Alan Turing").click()
    at.page.get_by_label("Role").select_option("maker")
    at.press("Save")
    assert at.stored("alan.turing@acme.example").role == "maker"


def provision_somebody_new(at: Walk) -> None:
    """A new user with a role is a member right away."""
    at.tab("Assignments")
    at.assign("Grace Hopper", "admin")
    at.menu("Members")
    expect(at.page.get_by_role("row").filter(has_text="Grace Hopper")).to_contain_text("Admin")


def authenticate_with_productboard(at: Walk) -> None:
    """Provisioning > Configure API integration > Authenticate with Productboard: subdomain, sign-in with Okta, Authorize, Save."""
    at.tab("Provisioning")
    at.page.get_by_label("Enable API integration").check()
    at.page.context.clear_cookies(domain="acme.portal.localhost")
    at.press("Authenticate with Productboard")
    at.page.get_by_label("Workspace subdomain").fill("acme")
    at.press("Continue")
    at.page.get_by_role("link", name="Sign in with Okta account").click()
    at.says("Olivia Owner")
    at.press("Authorize")
    at.page.wait_for_url(f"{at.okta}/**")
    at.press("Save")
    at.says("The integration is saved")


def push_a_profile_update(at: Walk) -> None:
    """Features: a change of the profile in Okta is a change of the member."""
    at.tab("Assignments")
    at.page.get_by_role("link", name="Grace Hopper").click()
    at.page.get_by_label("Title").fill("Rear admiral")
    at.press("Save")
    assert at.stored("grace.hopper@acme.example").title == "Rear admiral"


def deactivate_and_reactivate(at: Walk) -> None:
    """Push user deactivation, then Reactivating old users: the Members page shows the same member as active again."""
    at.tab("Assignments")
    at.row("Grace Hopper").get_by_role("button", name="Unassign").click()
    expect(at.row("Grace Hopper")).to_have_count(0)
    before = at.stored("grace.hopper@acme.example")
    assert before.status == "inactive"
    at.assign("Grace Hopper", "admin")
    at.menu("Members")
    expect(at.page.get_by_role("row").filter(has_text="Grace Hopper")).to_contain_text("Active")
    assert at.stored("grace.hopper@acme.example").id == before.id
    assert "reactivated" in at.member("Grace Hopper").text


def import_users(at: Walk) -> None:
    """Features: members made here are imported, matched to people of Okta or new."""
    at.tab("Import")
    at.press("Import Now")
    expect(at.row("alan.turing@acme.example")).to_contain_text("Alan Turing, exact match")
    expect(at.row("zoe@acme.example")).to_contain_text("New person")


def manage_teams(at: Walk) -> None:
    """Manage teams with SCIM: off, a pushed group is refused with the switch's name; on, it is a team."""
    at.tab("Push Groups")
    at.page.get_by_label("Group", exact=True).select_option("Everyone at Acme")
    at.press("Push group")
    at.says("Manage teams with SCIM")
    at.menu("Settings", "SSO and SCIM")
    at.press("Turn on Manage teams with SCIM")
    at.tab("Push Groups")
    at.row("Everyone at Acme").get_by_role("button", name="Push now").click()
    at.menu("Teams")
    expect(at.page.get_by_role("row").filter(has_text="Everyone at Acme")).to_contain_text("2")
