"""Walks through a workspace that Okta has used for months: with a mouse and scripts, and with the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.gallery.okta import Okta
from tests.gallery.population import World
from tests.gallery.scenes import Scene
from tests.gallery.walk import Visits, served
from tests.support import databases
from tests.support.site import LiveServer

HOME = Scene("home", "owner", "/")


@pytest.fixture
def place(worker_id: str) -> Iterator[tuple[LiveServer, World]]:
    """Productiv's portal: custom roles that hide apps, tokens, no groups."""
    with served(databases.create("sqlite", f"walks_{worker_id}"), "productiv") as found:
        yield found


@pytest.fixture
def owner(browser: Browser, place: tuple[LiveServer, World]) -> Iterator[Page]:
    """The owner's page, in Tokyo, with a clipboard."""
    visits = Visits(browser, *place, timezone_id="Asia/Tokyo", permissions=["clipboard-read", "clipboard-write"])
    yield visits.play(HOME)
    visits.close()
    assert visits.complaints == []


def menu(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Workspace").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_an_admin_looks_after_the_connection(owner: Page, place: tuple[LiveServer, World]) -> None:
    live, world = place
    role = make_a_custom_role(owner)
    give_it_in_okta(owner, world, role)
    token = make_and_reset_a_token(owner)
    read_the_guide(owner)
    narrow_the_log(owner)
    find_members(owner, live)
    assert token not in owner.content()


def make_a_custom_role(page: Page) -> str:
    """The id that the page offers to copy, as it arrives on the clipboard."""
    menu(page, "Roles")
    page.get_by_role("link", name="Create custom role").click()
    page.get_by_label("Name", exact=True).fill("Auditor of the moon base")
    page.get_by_role("button", name="Create custom role").click()
    page.get_by_role("button", name=re.compile("^Copy")).first.click()
    expect(page.get_by_text("Copied", exact=True).first).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_label(re.compile("^Id for Okta|^Role ID|ID", re.IGNORECASE)).first.input_value()
    return str(copied)


def give_it_in_okta(page: Page, world: World, role: str) -> None:
    okta = Okta(world.app, world.bearer)
    with_seat = okta.creates(80, "Neil Armstrong", "Pilot", "Flight", role)
    assert with_seat, "the role's id was refused"
    page.goto(page.url.split("/roles")[0] + f"/members/{with_seat}")
    expect(page.get_by_text("Auditor of the moon base").first).to_be_visible()
    moment = page.locator("time[datetime*=T]").last
    assert re.fullmatch(r"Asia/Tokyo \(GMT\+9\) – \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", moment.get_attribute("title") or "")


def make_and_reset_a_token(page: Page) -> str:
    """The secret that was shown once and is not any more."""
    menu(page, "Integrations")
    page.get_by_role("link", name=re.compile("Generate")).first.click()
    page.get_by_label("Name", exact=True).fill("Okta moon")
    page.get_by_role("button", name=re.compile("Generate")).click()
    first = page.locator("input[readonly][value^=wpt_]").input_value()
    menu(page, "Integrations")
    assert first not in page.content()
    page.get_by_role("link", name=re.compile("Reset.*Okta moon")).click()
    expect(page.get_by_text("Nothing else is erased")).to_be_visible()
    page.get_by_role("button", name=re.compile("Reset")).click()
    second = page.locator("input[readonly][value^=wpt_]").input_value()
    assert second != first
    menu(page, "Integrations")
    expect(page.get_by_text(f"ends in …{second[-4:]}")).to_be_visible()
    return second


def read_the_guide(page: Page) -> None:
    menu(page, "Okta guide")
    page.get_by_role("navigation", name="Kind of Okta app").get_by_role("link", name="Custom SAML app").click()
    expect(page.get_by_label("Base URL").last).to_have_value(re.compile("/scim/v2$"))
    expect(page.get_by_role("row").filter(has_text="Auditor of the moon base")).to_be_visible()


def narrow_the_log(page: Page) -> None:
    """The address follows, the count is spoken, and reloading shows the same."""
    menu(page, "Provisioning log")
    page.get_by_label("Outcome").select_option(label="Failed")
    expect(page).to_have_url(re.compile("outcome=failed"))
    entry = page.get_by_role("row").filter(has_text="could not create norton@acme.example")
    expect(entry).to_contain_text("is not a role here")
    entry.get_by_text("could not create").click()
    expect(entry.locator("pre")).to_contain_text("emperor")
    page.reload()
    expect(page.get_by_label("Outcome")).to_have_value("failed")
    expect(page.get_by_text("Okta created", exact=False)).to_have_count(0)
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_text("Okta created Neil Armstrong")).to_be_visible()


def find_members(page: Page, live: LiveServer) -> None:
    menu(page, "User settings")
    page.get_by_label("Search").press_sequentially("hopp")
    expect(page).to_have_url(re.compile("q=hopp"))
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.locator("[data-search-said]")).to_have_text("1 member")
    page.goto(live.url("acme", "/members?q=no-one-at-all"))
    expect(page.get_by_role("heading", name="Nobody fits")).to_be_visible()


def test_the_keyboard_is_enough(owner: Page) -> None:
    keyboard = Keyboard(owner)
    keyboard.to("Skip to content").press("Enter")
    assert owner.evaluate("document.activeElement.id") == "main"
    owner.goto(owner.url.split("#")[0])
    keyboard.to("User settings").follow()
    keyboard.to("Search").type("margaret")
    expect(owner).to_have_url(re.compile("q=margaret"))
    keyboard.to("Choose Margaret Hamilton").press("Space")
    keyboard.to("Deactivate chosen members").follow()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Deactivate 1 member?")
    keyboard.to("Deactivate 1 member").follow()
    expect(owner.get_by_text("1 member is deactivated.")).to_be_visible()
    keyboard.to("Provisioning log").follow()
    keyboard.to("Okta created Rosalind Franklin").press("Enter")
    expect(owner.get_by_text("rosalind@acme.example").first).to_be_visible()
    keyboard.to("Organization").follow()
    keyboard.to("Make recovery codes").follow()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    keyboard.to("Copy Recovery codes").press("Enter")
    expect(owner.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    owner.set_viewport_size(ViewportSize(width=390, height=844))
    keyboard.to("Menu").press("Enter")
    keyboard.to("Sign out").follow()
    expect(owner.get_by_role("heading", level=1)).to_have_text(re.compile("^Sign in to"))


class Keyboard:
    """Goes through a page by Tab alone; whatever has the focus must show it and lie in view."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, name: str) -> Keyboard:
        """Presses Tab until something called so has the focus; round the page once at most."""
        met = []
        for _ in range(150):
            self.page.keyboard.press("Tab")
            called, ring, seen = self.page.evaluate(FOCUS)
            assert called == "" or ring, f"nothing shows that “{called}” has the focus"
            assert called == "" or seen, f"“{called}” has the focus out of view"
            met.append(called)
            if called == name:
                return self
        raise AssertionError(f"Tab never comes to “{name}”, but to {dict.fromkeys(met)}")

    def press(self, key: str) -> None:
        """Presses a key on it."""
        self.page.keyboard.press(key)

    def follow(self) -> None:
        """Presses Enter, which leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, text: str) -> None:
        """Types into it."""
        self.page.keyboard.type(text)


FOCUS = """() => {
    const at = document.activeElement;
    if (at === document.body) return ["", true, true];
    const { outlineStyle, outlineWidth } = getComputedStyle(at), box = at.getBoundingClientRect();
    const name = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
    const seen = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.width > 0;
    return [name.trim().replace(/\\s+/g, " "), outlineStyle !== "none" && parseFloat(outlineWidth) >= 2, seen];
}"""
