"""The stand-in in a real browser: it signs in by itself with scripts and by a button without, and can be used by anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from standin import create_app
from standin.apps import App, Assignment
from standin.org import Org
from standin.people import Person
from tests.standin.conftest import Edge, found
from tests.support.browser import violations
from tests.support.serving import serving


@pytest.fixture
def okta(org: Org, catalog: App, edge: Edge) -> Iterator[str]:
    """The stand-in behind a real socket; its address."""
    server = make_server("127.0.0.1", 0, create_app(org.config, org), threaded=True)
    catalog.sign_on.acs_url = f"http://acme.portal.localhost:{edge.port}/acs"
    edge.say("POST", "/acs", 200, b"<title>In</title><h1>You are in</h1>", Content_Type="text/html")
    with serving(server):
        yield f"http://okta.localhost:{server.server_port}"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_tile_leads_into_the_product(
    okta: str, new_page: Callable[..., Page], catalog: App, edge: Edge, ada: Person, scripts: bool
) -> None:
    catalog.people[ada.id] = Assignment(ada.id)
    page = new_page(scripts=scripts)
    page.goto(f"{okta}/app/UserHome")
    page.get_by_role("button", name="Sign in as Ada Lovelace").click()
    page.get_by_role("link", name="Productboard").click()
    if not scripts:
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="You are in")).to_be_visible()
    sent = [call for call in edge.calls if call.method == "POST"]
    assert list(parse_qs(sent[0].body.decode(), keep_blank_values=True)) == ["SAMLResponse", "RelayState"]


def test_every_page_can_be_used_by_anybody(okta: str, new_page: Callable[..., Page], catalog: App, edge: Edge, ada: Person) -> None:
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 403, {"detail": "No seat is left, and this sentence is as long as a product's sentences are."})
    page = new_page()
    page.goto(f"{okta}{catalog.path}/assignments")
    page.get_by_label("Person", exact=True).select_option(label="Ada Lovelace")
    page.get_by_role("button", name="Assign person").click()
    expect(page.get_by_role("alert")).to_contain_text("No seat is left")
    tabs = page.get_by_role("navigation", name="Productboard").get_by_role("link").evaluate_all("links => links.map(a => a.href)")
    menu = page.get_by_role("navigation", name="Admin console").get_by_role("link").evaluate_all("links => links.map(a => a.href)")
    more = [
        "/",
        "/admin/people/add",
        f"/admin/people/{ada.id}",
        "/admin/groups/add",
        "/admin/apps/add",
        f"{catalog.path}/assignments/{ada.id}",
    ]
    wrong = []
    for url in dict.fromkeys([*tabs, *menu, *(okta + path for path in more)]):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(url)
        wrong += [f"{url}: {found}" for found in violations(page)]
        page.set_viewport_size({"width": 320, "height": 640})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"{url}: scrolls sideways at 320 px")
    assert wrong == []
