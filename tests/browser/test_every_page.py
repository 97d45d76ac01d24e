"""Every page in every state: for everybody, at every width, in light and dark, light to load, and without a jump.

With `PAGES=full` in the environment every scene of every profile is measured in all four corners, which takes minutes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import template_rendered
from playwright.sync_api import Browser, Page, ViewportSize

from portal.config import ROOT
from portal.profile_file import SHIPPED
from tests.gallery.scenes import every
from tests.gallery.walk import Visits, served
from tests.support import databases
from tests.support.browser import NARROW, SHIFTS, WIDE, violations

PROFILES = sorted(path.stem for path in SHIPPED.glob("*.toml"))
USUAL = "productboard"
ALIKE = {
    *("finder-refused", "sign-in-password-only", "sign-in-refused", "recovery-refused", "set-password-refused", "oauth-workspace"),
    *("error-403", "error-404-outside", "error-405", "error-429", "error-503", "account-member", "account-refused"),
    *("members-none", "member-new", "member-added", "member-owner", "member-reactivate", "member-password", "member-managed-deactivate"),
    *("groups-empty", "group-new", "roles-empty", "role-new", "seats-empty", "troubleshooting-empty", "connected-apps-empty"),
    *("token-new", "token-new-refused", "client-secret"),
    *("provisioning-log-empty", "provisioning-log-none", "audit-log-none"),
}
"""States whose parts all stand in other scenes: pictured, but not measured."""
OWN = {
    *("home", "sign-in", "member-by-hand", "role-new-refused", "subsidiaries", "subsidiaries-empty", "sso-empty", "token-secret"),
    *("guide-catalog", "guide-custom", "guide-scim-11", "integrations-add", "token-new-first"),
}
"""What differs from product to product."""
CORNERS: list[Any] = [(WIDE, "light"), (WIDE, "dark"), (NARROW, "dark"), (NARROW, "light")]
"""Where axe looks: at pages with parts of their own in all four, at the others in two opposite ones by turns."""
FULL = os.environ.get("PAGES") == "full"
HEAVIEST, HEAVIEST_FRAME = 60_000, 40_000
"""Bytes, uncompressed, of a page without images, and of all style sheets and scripts, which browsers keep for a year."""
TIGHTEST = (320, 674, 769, 958, 1202)
"""The narrowest screen, and widths at which a table or the rail has just enough room not to fold."""
STILL = 0.02
"""A layout shift that nobody sees, a fifth of what counts as good: a moment within a sentence, once it is in the reader's zone."""
BROKEN = """() => [...document.querySelectorAll("tbody th")].filter((cell) => {
    const words = document.createRange();
    words.selectNodeContents(cell);
    return /^\\S+@\\S{1,14}$/.test(cell.textContent.trim()) && new Set([...words.getClientRects()].map(({ top }) => top)).size > 1;
}).map((cell) => cell.textContent.trim())"""
"""Short e-mail addresses in the first column that do not stand on one line."""
WEIGHT = """() => {
    const frame = performance.getEntriesByType("resource").filter(({ name }) => /[.](css|js)/.test(name));
    return [performance.getEntriesByType("navigation")[0].decodedBodySize, frame.reduce((sum, entry) => sum + entry.decodedBodySize, 0)];
}"""


@pytest.fixture
def rendered() -> Iterator[set[str]]:
    """The names of the templates that pages were made of."""
    names: set[str] = set()

    def note(_sender: object, template: object, **_: object) -> None:
        names.add(getattr(template, "name", ""))

    with template_rendered.connected_to(note):
        yield names


@pytest.mark.parametrize("profile", PROFILES)
def test_every_page_can_be_used_by_everybody(browser: Browser, worker_id: str, profile: str, rendered: set[str]) -> None:
    wrong: list[str] = []
    with served(databases.create("sqlite", f"gallery_{profile}_{worker_id}"), profile) as (live, world):
        visits = Visits(browser, live, world, SHIFTS)
        for number, scene in enumerate(every(world)):
            if FULL or scene.name in OWN or (profile == USUAL and scene.name not in ALIKE):
                corners = CORNERS if FULL or (profile == USUAL and scene.name in OWN) else CORNERS[number % 2 :: 2]
                wrong += [f"{scene.name}: {what}" for what in looked_at(visits.play(scene), corners)]
        visits.close()
    assert not wrong, "\n".join(wrong)
    assert visits.complaints == []
    if profile == USUAL:
        assert pages_by_name() - rendered == {"admin/subsidiaries/index.html", "admin/integrations/choose.html"}, "a page without a scene"


def looked_at(page: Page, corners: Sequence[Any]) -> Iterator[str]:
    """What is wrong with the page as it stands."""
    shifts, (weight, frame) = page.evaluate("window.shifted"), page.evaluate(WEIGHT)
    if sum(shifts) > STILL:
        yield f"moves while it loads: {shifts}"
    if weight > HEAVIEST or frame > HEAVIEST_FRAME:
        yield f"weighs {weight} bytes, its frame {frame}"
    for size, colours in corners:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours)
        yield from (f"{size['width']} px, {colours}: {found}" for found in violations(page))
    page.emulate_media(color_scheme="light")
    for width in TIGHTEST:
        page.set_viewport_size(ViewportSize(width=width, height=640))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            yield f"scrolls sideways at {width} px"
    page.set_viewport_size(WIDE)
    yield from (f"breaks {address} in two at 1280 px" for address in page.evaluate(BROKEN))


def pages_by_name() -> set[str]:
    """Every template that is a page by itself: no other template names it."""
    folder = Path(ROOT) / "templates"
    texts = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.html")}
    return {name for name in texts if not name.startswith("mail/") and not any(f'"{name}"' in text for text in texts.values())}
