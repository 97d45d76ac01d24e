"""Steps that help pages share: through the portal's menu, and through Okta's tabs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from portal.domain import members
from portal.models import Member
from tests import factories
from tests.pages import PageClient
from tests.support import site


@dataclass
class Walk:
    """An admin at a browser, between the product and Okta."""

    live: site.LiveServer
    okta: str
    page: Page
    product: str

    # In the product

    def menu(self, *names: str) -> None:
        """Follows the menu, then links of each page: `menu("Settings", "SSO and SCIM")`."""
        if not self.page.url.startswith(self.live.url("acme")):
            self.page.goto(self.live.url("acme", "/account"))
        self.page.get_by_role("banner").get_by_role("link", name=names[0], exact=True).click()
        for name in names[1:]:
            self.page.get_by_role("main").get_by_role("link", name=name, exact=True).click()

    def value(self, label: str) -> str:
        """What stands in the field with this label."""
        return self.page.get_by_label(label, exact=True).input_value()

    def heading(self, text: str) -> Locator:
        """The heading with this text."""
        return self.page.get_by_role("heading", name=text, exact=True)

    def says(self, text: str | re.Pattern[str]) -> None:
        """The page shows this text."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def press(self, name: str) -> None:
        """Presses the button with this name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def member(self, name: str) -> PageClient:
        """The page of the member, as an admin opens it beside."""
        return self.beside("/members").follow(name)

    def beside(self, path: str) -> PageClient:
        """A page of the product in the owner's second window, without scripts."""
        pages = PageClient(site.client(self.live.app, "acme"))
        with factories.inside(self.live.app, "acme") as ctx:
            owner = members.by_user_name(ctx, "owner@acme.example")
            assert owner is not None
            person = factories.Person(owner.id, "acme", owner.user_name, owner.given_name, owner.family_name, owner.role)
        factories.sign_in(self.live.app, pages.client, person)
        return pages.open(path)

    def visitor(self, path: str) -> PageClient:
        """A page of the product as somebody who is not signed in sees it."""
        return PageClient(site.client(self.live.app, "acme")).open(path)

    def stored(self, user_name: str) -> Member:
        """The member as the product has it."""
        with factories.inside(self.live.app, "acme") as ctx:
            member = members.by_user_name(ctx, user_name)
            assert member is not None
            ctx.session.expunge(member)
            return member

    # In Okta

    def tab(self, name: str) -> None:
        """Opens a tab of the product's app in Okta."""
        self.page.goto(f"{self.okta}/admin/apps")
        self.page.get_by_role("link", name=self.product, exact=True).click()
        self.page.get_by_role("link", name=name, exact=True).click()

    def assign(self, name: str, role: str = "") -> None:
        """Assigns a person, on the Assignments tab."""
        self.page.get_by_label("Person", exact=True).select_option(label=name)
        if role:
            self.page.get_by_label("Role of the person").select_option(role)
        self.press("Assign person")

    def row(self, name: str) -> Locator:
        """A row of Okta's table."""
        return self.page.get_by_role("row").filter(has_text=name)

    def connect_saml(self) -> None:
        """The page that comes before: single sign-on, by the metadata URL, authorized by the owner."""
        self.tab("Assignments")
        self.assign("Olivia Owner")
        self.page.get_by_role("link", name="Sign On", exact=True).click()
        metadata = self.page.get_by_role("link", name="View IdP metadata").get_attribute("href") or ""
        self.page.goto(self.live.url("acme", "/settings/sso"))
        self.page.get_by_label("Metadata URL").fill(metadata)
        self.press("Save & authorize")
        self.press("Authorize")
        self.press("Sign in as Olivia Owner")
        self.says("Okta is connected")

    def paste(self, token: str, base_url: str = "") -> None:
        """The Integration page of the Provisioning tab: the values, Test API Credentials, Save."""
        self.tab("Provisioning")
        self.page.get_by_label("Enable API integration").check()
        if base_url:
            self.page.get_by_label("Base URL").fill(base_url)
        self.page.get_by_label("API token").fill(token)
        self.press("Test API Credentials")
        self.says(f"{self.product} was verified")
        self.press("Save")
        self.says("The integration is saved")

    def to_app(self) -> None:
        """The To App page: create, update, deactivate."""
        for box in ("Create Users", "Update User Attributes", "Deactivate Users"):
            self.page.get_by_label(box).check()
        self.press("Save To App")
        self.says("The settings are saved")

    def scim(self, method: str, path: str, body: Any = None, *, token: str, version: str = "v2") -> tuple[int, Any]:
        """A request as Okta sends it; status and body."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = site.client(self.live.app, "acme").open(f"/scim/{version}{path}", method=method, json=body, headers=headers)
        return answer.status_code, answer.get_json(silent=True)
