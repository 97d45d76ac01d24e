"""Pages over a slow line: what arrives in pieces is shown once it is whole, so that nothing moves under the reader's eyes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from flask import Response
from playwright.sync_api import Browser, expect

from tests.gallery.population import World
from tests.gallery.scenes import Scene
from tests.gallery.walk import Visits, served
from tests.support import databases
from tests.support.browser import SHIFTS
from tests.support.site import LiveServer

PIECES, PAUSE = 6, 0.12


def slowly(response: Response) -> Response:
    """The page in pieces, cut also within a table."""
    if response.mimetype == "text/html" and not response.is_streamed:
        body = response.get_data()
        size = len(body) // PIECES + 1

        def pieces() -> Iterator[bytes]:
            for start in range(0, len(body), size):
                yield body[start : start + size]
                time.sleep(PAUSE)

        response.response = pieces()
        del response.headers["Content-Length"]
    return response


@pytest.fixture
def place(worker_id: str) -> Iterator[tuple[LiveServer, World]]:
    """Productboard's portal over a slow line."""
    with served(databases.create("sqlite", f"arriving_{worker_id}"), "productboard") as (live, world):
        live.app.after_request_funcs.setdefault(None, []).append(slowly)
        yield live, world


def test_nothing_moves_while_a_page_arrives(browser: Browser, place: tuple[LiveServer, World]) -> None:
    visits = Visits(browser, *place, SHIFTS)
    for scene in (Scene("members", "owner", "/members"), Scene("roles", "owner", "/roles"), Scene("sign-in", "visitor", "/sign-in")):
        page = visits.play(scene)
        page.wait_for_timeout(100)
        assert sum(page.evaluate("window.shifted")) < 0.001, scene.name
    visits.close()


def test_what_was_chosen_before_the_page_was_whole_is_looked_for(browser: Browser, place: tuple[LiveServer, World]) -> None:
    visits = Visits(browser, *place)
    page = visits.play(Scene("account", "owner", "/account"))
    page.goto(place[0].url("acme", "/provisioning-log"), wait_until="commit")
    page.get_by_label("Outcome").select_option(label="Failed")
    assert page.evaluate("document.readyState") == "loading"
    expect(page).to_have_url(re.compile("outcome=failed"))
    expect(page.get_by_text("Okta created", exact=False)).to_have_count(0)
    visits.close()
