"""Names that run from right to left, and names that turn what is behind them: the text around them reads as it should."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from sqlalchemy import select, update

from portal.domain import groups, tokens
from portal.models import Member
from tests import factories
from tests.scim.okta import Okta, connect
from tests.support.browser import NARROW, WIDE, Pages, violations
from tests.support.site import LiveServer

NAMES = {
    "arabic": "عمر بن سعيد 3",
    "override": "Ada \u202eecalevoL",
    "closing": "Ada \u2069\u202eecalevoL",
    "opening": "Ada \u2067\u2067",
}
# Of every line that holds a name: where each character around the names stands, line by line; it must always go on to the right.
BACKWARDS = """() => [...document.querySelectorAll("bdi")].map(
    (name) => name.closest("p, li, h1, td, th, summary, a") || name.parentElement
).filter((line) => {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    let top = -1e9, left = -1e9, wrong = false;
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.parentElement.closest("bdi, .visually-hidden, details > :not(summary)")) continue;
        for (let at = 0; at < node.data.length; at += 1) {
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            const box = range.getBoundingClientRect();
            if (!box.width || !node.data[at].trim()) continue;
            if (Math.abs(box.top - top) < 4 && box.left < left) wrong = true;
            [top, left] = [box.top, box.left];
        }
    }
    return wrong;
}).map((line) => line.textContent)"""


@pytest.fixture
def okta(live: LiveServer) -> Okta:
    """Okta, connected to the acme that the server serves."""
    factories.make_cast(live.app)
    return connect(live.app)


def entered(page: Page, live: LiveServer) -> Page:
    page.goto(live.url("acme", "/sign-in"))
    page.get_by_label("Email").fill("ada@acme.example")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    return page


@pytest.mark.one_database
@pytest.mark.parametrize("kind", NAMES)
def test_the_text_around_a_name_goes_on_to_the_right(live: LiveServer, okta: Okta, new_page: Pages, kind: str) -> None:
    name = NAMES[kind]
    made = okta.make("somebody@acme.example", displayName=name)
    okta("POST", "/Groups", {"displayName": name, "members": [{"value": made["id"]}]})
    okta("POST", "/Groups", {"displayName": name})
    okta.patch(f"/Users/{made['id']}", {"op": "replace", "value": {"active": False}})
    with factories.inside(live.app, "acme") as ctx:
        ctx.session.execute(update(Member).where(Member.owner).values(display_name=name))
    page = entered(new_page(), live)
    for path in ("/audit-log", "/provisioning-log", "/members", f"/members/{made['id']}", "/groups"):
        page.goto(live.url("acme", path))
        assert page.locator("bdi").count(), path
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            assert page.evaluate(BACKWARDS) == [], (path, size)
            assert violations(page) == [], (path, size)


@pytest.mark.one_database
def test_a_long_name_without_a_blank_stays_within_the_page(live: LiveServer, okta: Okta, new_page: Pages) -> None:
    name = "W" * 190
    with factories.inside(live.app, "acme") as ctx:
        ctx.session.execute(update(Member).values(display_name=name, given_name=name))
        somebody = ctx.session.scalars(select(Member.id).where(Member.user_name == "mary@acme.example")).one()
        group = groups.create(ctx, {"display_name": name}).id
        token = tokens.make(ctx, name=name[:100])[0].id
    page = entered(new_page(), live)
    paths = ["/members", *(f"/members/{somebody}{verb}" for verb in ("", "/deactivate", "/password", "/owner"))]
    paths += ["/groups", f"/groups/{group}", f"/groups/{group}/delete", "/integrations", f"/integrations/tokens/{token}/revoke"]
    for path in paths:
        page.goto(live.url("acme", path))
        assert name[:100] in page.inner_text("body"), path
        for width in (320, 674, 769, 958, 1280):
            page.set_viewport_size({"width": width, "height": 640})
            assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), (path, width)
