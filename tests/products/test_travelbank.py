"""The help page "Integrations: Setting up Okta for SCIM Directory Sync", step by step, in SCIM 1.1."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from portal.domain import groups
from tests import factories
from tests.products.walk import Walk
from tests.support.browser import texts


def test_the_help_page_from_top_to_bottom(walk: Callable[..., Walk]) -> None:
    at = walk("travelbank")
    see_what_comes_first(at)
    base_url, token = add_okta(at)
    see_the_token_masked(at, token)
    paste_the_credentials(at, base_url, token)
    provision(at)
    push_groups(at)
    have_a_wrong_token(at, token)
    new = reset_the_token(at, token)
    go_on_with_the_new_one(at, new)


def see_what_comes_first(at: Walk) -> None:
    """The page needs no single sign-on, so the set-up does not begin with it: neither at home nor on the page of its steps."""
    at.page.goto(at.live.url("acme"))
    steps = [
        "Let Okta manage members",
        "Test the API credentials in Okta",
        "Assign the first person in Okta",
        "Push the first group from Okta",
    ]
    steps += ["Connect Okta's app", "Authorize the connection"]
    for _ in range(2):
        assert texts(at.page.locator(".step-title")) == steps
        expect(at.page.locator("[data-step='token']")).to_have_attribute("data-state", "current")
        expect(at.page.locator("[data-step='metadata']")).to_contain_text("Optional: SCIM works without it.")
        at.menu("SSO and SCIM")
    at.menu("Integrations")
    at.says("SCIM is switched on with the next token")


def add_okta(at: Walk) -> tuple[str, str]:
    """Company Settings > Integrations > Add Integrations > Add, to the right of Okta: the base URL and the API token (SCIM)."""
    at.menu("Company Settings", "Integrations", "Add Integrations")
    at.page.get_by_role("row").filter(has_text="Okta").get_by_role("button", name="Add").click()
    assert at.value("Base URL") == at.live.url("acme", "/scim/v1")
    return at.value("Base URL"), at.value("API Token (SCIM)")


def see_the_token_masked(at: Walk, token: str) -> None:
    """The note: whoever leaves the page and comes back finds the token masked, and the base URL where it was."""
    at.menu("Company Settings", "Integrations", "Okta")
    at.says(f"••••{token[-4:]}")
    assert token not in at.page.content()
    assert at.value("Base URL") == at.live.url("acme", "/scim/v1")


def paste_the_credentials(at: Walk, base_url: str, token: str) -> None:
    """In Okta: SCIM 1.1 (Header Auth), Provisioning > Configure API Integration, both values; then the three top options."""
    at.tab("General")
    at.says("SCIM 1.1 Test App (Header Auth)")
    at.paste(token, base_url)
    at.to_app()


def provision(at: Walk) -> None:
    """Create users, update user attributes, deactivate users."""
    at.tab("Assignments")
    for name, role in (("Ada Lovelace", "approver"), ("Grace Hopper", ""), ("Alan Turing", "")):
        at.assign(name, role)
        expect(at.row(name)).to_contain_text("provisioned")
    assert [at.stored(f"{name}@acme.example").role for name in ("ada.lovelace", "grace.hopper")] == ["approver", "traveler"]
    at.page.get_by_role("link", name="Ada Lovelace").click()
    at.page.get_by_label("Title").fill("Countess")
    at.press("Save")
    assert at.stored("ada.lovelace@acme.example").title == "Countess"
    at.tab("Assignments")
    at.row("Alan Turing").get_by_role("button", name="Unassign").click()
    expect(at.row("Alan Turing")).to_have_count(0)
    assert at.stored("alan.turing@acme.example").status == "inactive"


def push_groups(at: Walk) -> None:
    """Push Groups: a group of Okta is matched to one that the platform has; another, which it lacks, is created."""
    with factories.inside(at.live.app, "acme") as ctx:
        existing = groups.create(ctx, {"display_name": "Engineers"}).id
    at.tab("Push Groups")
    at.press("Refresh App Groups")
    at.page.get_by_label("Group", exact=True).select_option("Engineering")
    at.page.get_by_label("Match result").select_option(label="Link Group: Engineers (0 members)")
    at.page.get_by_label("Rename app group").uncheck()
    at.press("Push group")
    at.says("Engineering is pushed.")
    at.page.get_by_label("Group", exact=True).select_option("Product")
    at.press("Push group")
    at.says("Product is pushed.")
    assert "Set up Okta" not in at.beside("/").text  # single sign-on is left, which is optional
    with factories.inside(at.live.app, "acme") as ctx:
        linked = groups.get(ctx, existing)
        assert (linked.display_name, linked.provisioned, groups.count(ctx, linked)) == ("Engineers", True, 2)
    assert [row[0] for row in at.beside("/groups").rows()] == ["Engineers", "Product"]


def have_a_wrong_token(at: Walk, token: str) -> None:
    """The first question: with a mistyped token the test fails and says why; pasted anew it passes."""
    at.tab("Provisioning")
    at.page.get_by_label("API token").fill(token[:-1])
    at.press("Test API Credentials")
    at.says("Authorization failure.")
    at.paste(token)


def reset_the_token(at: Walk, token: str) -> str:
    """The second question: Reset API Token gives a new one and erases nothing; the old one says in the log what became of it."""
    at.menu("Company Settings", "Integrations", "Okta")
    at.page.get_by_role("link", name="Reset API Token").click()
    at.says("Nothing else is erased")
    at.press("Reset API Token")
    new = at.value("API Token (SCIM)")
    at.tab("Provisioning")
    at.press("Test API Credentials")
    at.says("Authorization failure.")
    assert f"the token “Okta” (…{token[-4:]}) was" in at.beside("/provisioning-log?outcome=failed").text
    assert at.stored("ada.lovelace@acme.example").title == "Countess"
    assert [row[0] for row in at.beside("/groups").rows()] == ["Engineers", "Product"]
    assert new != token
    return new


def go_on_with_the_new_one(at: Walk, token: str) -> None:
    """With the new token Okta goes on where it was."""
    at.paste(token)
    at.tab("Assignments")
    at.assign("Alan Turing")
    expect(at.row("Alan Turing")).to_contain_text("provisioned")
    assert at.stored("alan.turing@acme.example").status == "active"
