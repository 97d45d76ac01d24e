"""Behind https: cookies are bound to the host, and forms work on pages that send no Referer."""

from __future__ import annotations

from portal.domain import links
from portal.models import Member
from tests import factories
from tests.pages import PageClient
from tests.support import site


def test_a_form_on_a_page_that_sends_no_referer(make_app):
    app = make_app(base_url="https://portal.example.com")
    cast = factories.make_cast(app)
    with factories.inside(app, "acme") as ctx:
        secret = links.make(ctx, ctx.session.get_one(Member, cast.ada.id), "invitation")
    page = PageClient(site.client(app, "acme")).open(f"/set-password/{secret}")
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    page.submit("Set password", {"New password": "a new long password"}, status=303)
    cookies = page.response.headers.getlist("Set-Cookie")
    assert any(cookie.startswith("__Host-portal-session=") and "Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)
