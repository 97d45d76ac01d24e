"""The Okta guide at a desk: what is copied from its tables stands in one piece, or is parted where a reader would."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests import factories
from tests.support.site import LiveServer

# Each run of letters in a table that goes on in another line.
PARTED = """() => [...document.querySelectorAll("main :is(td, th)")].flatMap((cell) => {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), parted = [];
    while (texts.nextNode()) {
        for (const { 0: word, index } of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
            const range = document.createRange();
            range.setStart(texts.currentNode, index);
            range.setEnd(texts.currentNode, index + word.length);
            if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) parted.push(word);
        }
    }
    return parted;
})"""


@pytest.mark.one_database
def test_no_word_of_its_tables_is_parted(live: LiveServer, page: Page) -> None:
    factories.make_cast(live.app)
    page.goto(live.url("acme", "/sign-in"))
    page.get_by_label("Email").fill("ada@acme.example")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    for kind in ("catalog", "custom", "scim-11"):
        page.goto(live.url("acme", f"/okta-guide?app={kind}"))
        for width in (1280, 1024):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(PARTED) == [], (kind, width)
