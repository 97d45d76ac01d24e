"""Okta's popup in a real browser: it must come back with its opener, through every redirect that Okta adds."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Error as PlaywrightError

from tests import factories
from tests.oauth import flow
from tests.support.browser import violations
from tests.support.serving import serving

OPENER = """<!doctype html><title>Okta</title><button id=go>Authenticate</button><p id=heard></p><script>
const url = new URLSearchParams(location.search).get("popup");
document.getElementById("go").onclick = () => window.open(url, "_blank", "width=500,height=700");
window.onmessage = (event) => { document.getElementById("heard").textContent = event.data; };
</script>"""
DONE = """<!doctype html><title>Done</title><script>
if (window.opener) window.opener.postMessage(location.search, "*");
</script>"""


class OktaHandler(BaseHTTPRequestHandler):
    """The admin console at okta.localhost, the shared callback at system-admin., which leads on to the customer's own host."""

    def do_GET(self) -> None:
        """Answers by path."""
        path, _, query = self.path.partition("?")
        if path == "/callback":
            self.send_response(302)
            self.send_header("Location", f"http://acme-admin.okta.localhost:{self.server.server_address[1]}/done?{query}")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write((DONE if path == "/done" else OPENER).encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def okta() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OktaHandler)
    with serving(server):
        yield server.server_address[1]


def test_popup_comes_back_to_its_opener(live, cast, okta, new_page):
    callback = f"http://system-admin.okta.localhost:{okta}/callback"
    client = flow.catalog(live.app, redirect_uris=[callback])
    url = live.url("app", "/oauth2/authorize") + "?" + urlencode(flow.query(client, redirect_uri=callback))
    page = new_page()
    page.goto(f"http://acme-admin.okta.localhost:{okta}/?" + urlencode({"popup": url}))
    with page.expect_popup() as opened:
        page.click("#go")
    popup = opened.value
    assert violations(popup) == []
    popup.get_by_label("Workspace subdomain").fill("acme")
    popup.get_by_role("button", name="Continue").click()
    popup.get_by_label("Email").fill("grace@acme.example")
    popup.get_by_label("Password").fill(factories.PASSWORD)
    popup.get_by_role("button", name="Sign in").click()
    popup.get_by_role("heading", name="Okta asks for access to Acme").wait_for()
    assert violations(popup) == []
    popup.get_by_role("button", name="Authorize").click()
    page.wait_for_function("document.getElementById('heard').textContent !== ''")
    heard = page.locator("#heard").inner_text()
    assert f"state={flow.STATE}" in heard
    code = dict(part.split("=") for part in heard.lstrip("?").split("&"))["code"]
    assert flow.redeem(live.app, client, code, redirect_uri=callback).status_code == 200


@pytest.mark.parametrize("options", [{"scripts": False}, {"narrow": True, "dark": True}], ids=["without-script", "narrow-dark"])
def test_consent_and_its_pages_in_other_browsers(live, cast, okta, new_page, options):
    callback = f"http://system-admin.okta.localhost:{okta}/callback"
    client = flow.catalog(live.app, redirect_uris=[callback])
    page = new_page(**options)
    page.goto(live.url("app", "/oauth2/authorize") + "?" + urlencode(flow.query(client, redirect_uri=callback)))
    page.get_by_label("Workspace subdomain").fill("acme")
    page.keyboard.press("Enter")
    page.get_by_label("Email").fill("grace@acme.example")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Okta asks for access to Acme").wait_for()
    if options.get("narrow"):
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert violations(page) == []
        boxes = [page.get_by_role("button", name=name, exact=True).bounding_box() for name in ("Authorize", "Deny")]
        assert boxes[0]["width"] == boxes[1]["width"]
    page.get_by_role("button", name="Deny").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/done?**")
    assert urlsplit(page.url).netloc == f"acme-admin.okta.localhost:{okta}"
    assert "error=access_denied" in page.url


def test_admin_pages_have_no_violation(live, cast, new_page):
    client = flow.catalog(live.app)
    page = new_page(narrow=True)
    page.goto(live.url("acme", "/sign-in?next=/integrations"))
    page.get_by_label("Email").fill("grace@acme.example")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Generate new token").click()
    assert violations(page) == []
    page.get_by_label("Name", exact=True).fill("Okta production")
    page.get_by_label("Days until it expires").fill("10")
    page.get_by_role("button", name="Generate new token").click()
    assert violations(page) == []
    secret = page.get_by_label("Token", exact=True).input_value()
    page.get_by_role("link", name="I have copied it").click()
    assert violations(page) == []
    with pytest.raises(PlaywrightError, match="ERR_CACHE_MISS"):
        page.go_back()  # The browser kept nothing; sending the form again would make no second token.
    page.wait_for_url("chrome-error://**")
    page.goto(live.url("acme", "/integrations"))
    assert secret not in page.content()
    assert secret[-4:] in page.content()
    page.goto(live.url("acme", "/integrations/clients/new"))
    page.get_by_label("Name", exact=True).fill("Our Okta")
    page.get_by_label("Okta app name").fill("trial-1_acme_1")
    page.get_by_role("button", name="Register OAuth client").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    flow.tokens(live.app, lambda _subdomain, person: flow.signed_in(live.app, person), cast.ada, client)
    page.goto(live.url("acme", "/connected-apps"))
    assert violations(page) == []
    page.get_by_role("link", name="Disconnect").click()
    assert violations(page) == []
    page.get_by_role("button", name="Disconnect").click()
    assert violations(page) == []
