"""Pages over a slow line: what arrives in pieces is shown once it is whole, so that nothing moves under the reader's eyes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator

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
Place = tuple[LiveServer, World]


def in_pieces(live: LiveServer, wait: Callable[[int], object]) -> None:
    """Sends each page in pieces, cut also within a table, and waits after each of them, the first of which is number 1."""

    def cut(response: Response) -> Response:
        if response.mimetype == "text/html" and not response.is_streamed:
            body = response.get_data()
            size = len(body) // PIECES + 1

            def pieces() -> Iterator[bytes]:
                for number in range(PIECES):
                    yield body[number * size : (number + 1) * size]
                    wait(number + 1)

            response.response = pieces()
            del response.headers["Content-Length"]
        return response

    live.app.after_request_funcs.setdefault(None, []).append(cut)


@pytest.fixture
def place(worker_id: str) -> Iterator[Place]:
    """Productboard's portal."""
    with served(databases.create("sqlite", f"arriving_{worker_id}"), "productboard") as found:
        yield found


def test_nothing_moves_while_a_page_arrives(browser: Browser, place: Place) -> None:
    in_pieces(place[0], lambda _: time.sleep(PAUSE))
    visits = Visits(browser, *place, SHIFTS)
    for scene in (Scene("members", "owner", "/members"), Scene("roles", "owner", "/roles"), Scene("sign-in", "visitor", "/sign-in")):
        page = visits.play(scene)
        page.wait_for_timeout(100)
        assert sum(page.evaluate("window.shifted")) < 0.001, scene.name
    visits.close()


def test_what_was_chosen_before_the_page_was_whole_is_looked_for(browser: Browser, place: Place) -> None:
    visits = Visits(browser, *place)
    page, chosen = visits.play(Scene("account", "owner", "/account")), threading.Event()
    in_pieces(place[0], lambda number: chosen.wait(20) if number == PIECES - 1 else None)
    page.goto(place[0].url("acme", "/provisioning-log"), wait_until="commit")
    page.get_by_label("Outcome").select_option(label="Failed")
    assert page.evaluate("document.readyState") == "loading"
    chosen.set()
    expect(page).to_have_url(re.compile("outcome=failed"))
    expect(page.get_by_text("Okta created", exact=False)).to_have_count(0)
    visits.close()
