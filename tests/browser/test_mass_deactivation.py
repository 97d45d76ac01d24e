"""The story of a mistake in Okta: the owner reads a mail, follows its link, and brings everybody back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from portal.domain import members
from tests import factories
from tests.scim.words import PATCH
from tests.support import databases, site
from tests.support.http import browserless
from tests.support.mailbox import Mailbox
from tests.support.processes import until


@pytest.fixture
def mailing(mailbox: Mailbox, worker_id: str) -> Iterator[site.LiveServer]:
    """The portal behind a socket, which sends its mail to the mailbox; which database it has makes no difference here."""
    live = site.LiveServer(database_url=databases.create("sqlite", f"mailing_{worker_id}"), smtp_url=mailbox.url)
    yield live
    live.stop()


def test_an_owner_undoes_a_mass_deactivation_from_a_mail(mailing: site.LiveServer, mailbox: Mailbox, new_page: Callable[..., Page]) -> None:
    app = mailing.app
    cast = factories.make_cast(app)
    factories.enable_scim(app, "acme")
    with factories.inside(app, "acme") as ctx:
        ids = [members.create(ctx, {"user_name": f"p{n}@acme.example", "role": "contributor"}, source="scim").id for n in range(20)]
    headers = {"Authorization": f"Bearer {factories.make_token(app, 'acme')}"}
    off = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}
    with browserless() as http:
        for key in ids[:12]:
            assert http.patch(mailing.url("acme", f"/scim/v2/Users/{key}"), json=off, headers=headers).status_code == 200
    until(lambda: mailbox.mails, what="the owner's mail")
    (mail,) = mailbox.mails
    assert (mail.recipient, mail.message["Subject"]) == ("ada@acme.example", "10 members of Acme were deactivated within an hour")
    (link,) = set(re.findall(r"http://\S+", mail.part("plain")))
    page = new_page(scripts=False, narrow=True)
    page.goto(link)
    page.get_by_label("Email").fill(cast.ada.user_name)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("12 members were deactivated within an hour")
    page.get_by_role("link", name="Undo", exact=True).click()
    page.get_by_role("button", name="Reactivate 12 members").click()
    expect(page.get_by_text("12 members are active again.")).to_be_visible()
    with factories.inside(app, "acme") as ctx:
        assert all(members.get(ctx, key).active for key in ids)
