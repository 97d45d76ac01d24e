"""Pictures of the stand-in Okta: its menu, and each tab of an app with somebody assigned and a group pushed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page
from werkzeug.serving import make_server

from standin import create_app
from standin.config import Config
from tests.support.browser import NARROW, WIDE
from tests.support.processes import free_port
from tests.support.serving import serving


@contextmanager
def served() -> Iterator[str]:
    """The stand-in at a port of its own, with a portal that does not answer; its address."""
    port = free_port()
    server = make_server(
        "127.0.0.1", port, create_app(Config(port=port, portal_url=f"http://portal.localhost:{free_port()}")), threaded=True
    )
    with serving(server):
        yield f"http://okta.localhost:{port}"


def shoot(browser: Browser, folder: Path) -> int:
    """Takes the pictures; returns of how many pages."""
    folder.mkdir(parents=True, exist_ok=True)
    with served() as okta:
        page = browser.new_page(viewport=WIDE)
        page.goto(f"{okta}/admin/apps")
        menu = addresses(page.get_by_role("navigation", name="Admin console").get_by_role("link"))
        page.get_by_role("link", name="Productboard").click()
        tabs = addresses(page.get_by_role("navigation", name="Productboard").get_by_role("link"))
        page.get_by_role("link", name="Assignments").click()
        page.get_by_label("Person", exact=True).select_option(label="Ada Lovelace")
        page.get_by_role("button", name="Assign person").click()
        more = {"home": okta, "add-app": f"{okta}/admin/apps/add", "add-person": f"{okta}/admin/people/add"}
        places = menu | tabs | more
        for name, address in places.items():
            page.goto(address)
            picture(page, folder / name)
        page.close()
    return len(places)


def addresses(links: Locator) -> dict[str, str]:
    """Where links lead, by what they say, fit for a file's name."""
    found: list[tuple[str, str]] = links.evaluate_all("links => links.map((link) => [link.textContent.trim(), link.href])")
    return {name.partition(" (")[0].lower().replace(" ", "-"): address for name, address in found}


def picture(page: Page, path: Path) -> None:
    """Wide and narrow; the stand-in is light only."""
    for width, size in (("1280", WIDE), ("390", NARROW)):
        page.set_viewport_size(size)
        page.screenshot(path=path.with_name(f"{path.name}-{width}-light.png"), full_page=True)
    page.set_viewport_size(WIDE)
