"""Signing in and out with pysaml2's identity provider: every seal, from either side, and what it encrypts by default."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import pytest
from sqlalchemy import select

from portal.models import Session
from tests import factories
from tests.saml.walking import Walker
from tests.support import services
from tests.support.http import browserless
from tests.support.pysaml2 import Pysaml2

SEALS = [
    {"response": True, "assertion": True},
    {"response": True, "assertion": False},
    {"response": False, "assertion": True},
    {"response": True, "assertion": True, "encrypted": True},
    {"response": True, "assertion": False, "encrypted": True},
    {"response": False, "assertion": True, "encrypted": True},
]


@pytest.fixture
def peer(live) -> Iterator[Callable[..., Pysaml2]]:
    """Starts the identity provider, which trusts acme."""
    made: list[Pysaml2] = []

    def start(**options: bool) -> Pysaml2:
        with browserless() as http:
            ours = http.get(live.url("acme", "/sso/metadata")).text
        accounts = {name: {"mail": f"{name}@acme.example", "givenName": name.title(), "sn": "Somebody"} for name in ("grace", "new")}
        made.append(Pysaml2(services.run_directory(), ours, accounts, **options))
        return made[-1]

    yield start
    for server in made:
        server.stop()


def connected(live, idp: Pysaml2, person: factories.Person) -> Walker:
    walker = Walker().open(live.url("acme", "/sign-in?next=/settings/sso"))
    walker.submit("Sign in", email=person.user_name, password=factories.PASSWORD)
    walker.submit("Save & authorize", metadata_url=idp.metadata_url)
    return walker.submit("Authorize").sign_in_there("grace")


def live_sessions(live) -> int:
    with factories.inside(live.app, "acme") as ctx:
        return len(ctx.session.scalars(select(Session).where(Session.ended_at.is_(None), Session.method == "sso")).all())


def test_signing_in_and_out(live, peer):
    cast = factories.make_cast(live.app)
    idp = peer()
    admin = connected(live, idp, cast.grace)
    assert "Okta is connected." in admin.text
    for seal in SEALS:
        idp.seal(**seal)
        walker = Walker().open(live.url("acme", "/sso/start?next=/account")).sign_in_there("new")
        assert walker.url == live.url("acme", "/account"), seal
        assert "New Somebody" in walker.text, seal
    # Begun at the identity provider.
    walker = Walker().open(idp.sso_url).sign_in_there("new")
    assert walker.url.startswith(live.url("acme"))
    before = live_sessions(live)
    # Signed out here, then there.
    walker.open(live.url("acme", "/account")).submit("Sign out")
    walker.open(urljoin(walker.url, walker.page.xpath("//a[contains(., 'Sign out of Okta')]/@href")[0]))
    assert "You are signed out here and at Okta." in walker.text
    assert live_sessions(live) == before - 1
    # Signed out there, and so here: every session of that person.
    walker.open(f"{idp.base_url}/logout?user=new")
    assert "The product answered: urn:oasis:names:tc:SAML:2.0:status:Success" in walker.text
    assert live_sessions(live) == 1


@pytest.mark.one_database
def test_what_it_encrypts_by_default_is_refused_with_the_reason(live, peer):
    """pysaml2 encrypts with 3DES, which is broken: the admin reads what to change."""
    cast = factories.make_cast(live.app)
    idp = peer(aes=False)
    idp.seal(encrypted=True)
    assert "The assertion is encrypted with an algorithm that is not accepted." in connected(live, idp, cast.grace).text
