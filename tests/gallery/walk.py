"""The gallery's portal behind a real socket, and a browser for each person in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, abort
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.web.guards import public, signed_in
from tests import factories
from tests.gallery.population import World, make_world
from tests.gallery.scenes import Scene
from tests.support.browser import WIDE
from tests.support.site import LiveServer, client


@contextmanager
def served(database_url: str, profile: str) -> Iterator[tuple[LiveServer, World]]:
    """A portal with a world in it."""
    live = LiveServer(database_url=database_url, profile=profile)
    _break(live.app)
    try:
        yield live, make_world(live.app)
    finally:
        live.stop()


class Visits:
    """Plays scenes, each person in a browser profile of their own; `script` runs on each page first, options are playwright's."""

    def __init__(self, browser: Browser, live: LiveServer, world: World, script: str = "", **options: Any) -> None:
        self._live, self._world = live, world
        self._browser, self._script, self._options = browser, script, options
        self._pages: dict[str, Page] = {}
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def play(self, scene: Scene) -> Page:
        """The page as the scene has it."""
        page = self._pages.get(scene.who) or self._open(scene.who)
        page.goto(self._live.url(scene.at, scene.path.format_map(self._world.ids)))
        if scene.act:
            scene.act(page)
            page.wait_for_load_state()
        return page

    def _open(self, who: str) -> Page:
        context = self._browser.new_context(viewport=WIDE, reduced_motion="reduce", **self._options)
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        if self._script:
            context.add_init_script(self._script)
        if who != "visitor":
            person = getattr(self._world, who)
            http = client(self._live.app, person.workspace)
            factories.sign_in(self._live.app, http, person)
            cookie = http.get_cookie("portal-session", f"{person.workspace}.{self._live.settings.base_domain}")
            assert cookie
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self._live.url(person.workspace)}])
        self._pages[who] = context.new_page()
        return self._pages[who]

    def close(self) -> None:
        """Closes every browser profile."""
        for context in self._contexts:
            context.close()


def _break(app: Flask) -> None:
    """Two addresses where something breaks, to see what the pages say then."""

    @signed_in
    def ours() -> str:
        abort(500)

    @public()
    def database() -> str:
        raise PoolTimeout("no connection to the database is free")

    views: dict[str, Callable[[], str]] = {"500": ours, "503": database}
    for status, view in views.items():
        app.add_url_rule(f"/gallery/{status}", f"gallery_{status}", view)
