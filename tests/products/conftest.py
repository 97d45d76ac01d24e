"""A product as its help page finds it: the portal with its profile, and the stand-in Okta with the app that the page adds."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator

import pytest
from werkzeug.serving import make_server

from portal.domain import clients, links, members
from portal.extensions import db
from portal.profile_file import load_profile
from standin import create_app
from standin.config import Config
from tests import factories
from tests.products.walk import Walk
from tests.support import databases, site
from tests.support.browser import Pages
from tests.support.processes import free_port
from tests.support.serving import Serving

START_OF_OKTA = runpy.run_path("bin/lib/okta_app.py")


@pytest.fixture
def walk(databases_of_worker: Callable[[str], str], new_page: Pages) -> Iterator[Callable[..., Walk]]:
    """Begins at a help page's first line: `walk("productive")`. The workspace acme has an owner, Olivia, who is signed in.

    The database is SQLite: what differs between databases has tests elsewhere.
    """
    ends: list[Callable[[], None]] = []

    def begin(profile: str, *, kind: str = "", plan: str | None = None, seats: int = 10) -> Walk:
        url = databases_of_worker("sqlite")
        databases.empty(url)
        live = site.LiveServer(database_url=url, profile=profile)
        ends.append(live.stop)
        okta, stop = _okta(live, profile, kind)
        ends.append(stop)
        factories.make_workspace(live.app, "acme", "Acme", seats=seats, plan=plan)
        made = Walk(live, okta, new_page(), load_profile(profile).product)
        made.page.goto(live.url("acme", f"/set-password/{_owner(live)}"))
        made.page.get_by_label("New password").fill(factories.PASSWORD)
        made.page.get_by_role("button", name="Set password").click()
        return made

    yield begin
    for end in ends:
        end()


def _owner(live: site.LiveServer) -> str:
    with factories.inside(live.app, "acme") as ctx:
        owner = {"user_name": "owner@acme.example", "email": "owner@acme.example", "given_name": "Olivia", "family_name": "Owner"}
        member = members.create(ctx, {**owner, "role": ctx.profile.owner_role}, source="manual", owner=True)
        return links.make(ctx, member, "invitation")


def _okta(live: site.LiveServer, profile: str, kind: str) -> tuple[str, Callable[[], None]]:
    """The stand-in as bin/demo starts it for the profile; its address, and what ends it."""
    port = free_port()
    options = START_OF_OKTA["options"](load_profile(profile), "acme", live.settings.base_url)
    options["roles"] = tuple(options["roles"].split(","))
    config = Config(port=port, portal_url=live.settings.base_url, **{name.replace("-", "_"): value for name, value in options.items()})
    name = config.product.lower()
    with live.app.app_context():
        callback = f"{config.base_url}/admin/app/cpc/{name}/oauth/callback"
        client, secret = clients.register_catalog(db.session(), name="Okta", okta_app=name, redirect_uris=[callback])
        config = Config(**{**vars(config), "client_id": client.client_id, "client_secret": secret, "kind": kind or config.kind})
        db.session.commit()
    server = make_server("127.0.0.1", port, create_app(config), threaded=True)
    return config.base_url, Serving(server).stop
