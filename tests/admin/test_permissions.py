"""The map of permissions, held against every route: what its guard says is what each kind of person meets there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.domain.permissions import ADMIN, MEMBER, OWNER, Permission, sentence
from portal.profile_file import load_profile
from tests import factories
from tests.support import databases, site

ZERO = "00000000-0000-0000-0000-000000000000"
BOUNDARIES = {"oauth", "oauth_endpoints", "oauth_metadata", "scim", "scim_v1", "saml", "health", "metrics", "static"}
"""Endpoints that machines call, and the identity provider's: their own tests hold their guards."""

LEAVING = {"/sign-out", "/oauth2/switch"}
"""Where one's session ends, which looks like being sent to the sign-in."""


@pytest.fixture
def app(worker_id: str) -> Iterator[Flask]:
    """A portal whose forms need no token, so that a POST meets the guard first; one kind of database says all there is to say."""
    app = site.make(database_url=databases.create("sqlite", f"permissions_{worker_id}"))
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    site.dispose(app)


@dataclass(frozen=True)
class Asks:
    """A request of a route: its guard, and an address that names nothing that exists."""

    guard: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes(app: Flask) -> list[Asks]:
    """Every way to ask for a page of people's."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] not in BOUNDARIES or rule.endpoint == "saml.authorize":
            guard = app.view_functions[rule.endpoint].guard
            found += [Asks(guard, method, address(rule)) for method in sorted({"GET", "POST"} & (rule.methods or set()))]
    return found


def address(rule: Rule) -> str:
    """The rule with something in each gap."""
    path = re.sub(r"<any\((\w+).*?\):\w+>", r"\1", rule.rule)
    return re.sub(r"<[^>]*>", "csv", re.sub(r"<uuid:\w+>", ZERO, path))


def test_every_permission_has_a_sentence_and_somebody_who_has_it() -> None:
    sentences = [permission.value for permission in Permission]
    assert all(sentence[0].isupper() and sentence.endswith(".") and " " in sentence for sentence in sentences)
    assert len(set(sentences)) == len(sentences)
    assert MEMBER < ADMIN < OWNER == frozenset(Permission)


def test_permissions_are_told_in_the_products_words() -> None:
    assert sentence(Permission.VIEW_MEMBERS, load_profile("productboard")) == "See members, teams, roles and seats."
    without = load_profile("productive")
    assert sentence(Permission.VIEW_MEMBERS, without) == "See members, roles and seats."
    assert sentence(Permission.MANAGE_MEMBERS, without) == "Add, edit, deactivate and reactivate members."


def test_every_permission_guards_something_and_only_permissions_do(app: Flask) -> None:
    named = {match[1] for asks in routes(app) if (match := re.fullmatch(r"needs\((\w+)\)", asks.guard))}
    assert named | {"VIEW_WORKSPACE"} == {permission.name for permission in Permission}
    others = {asks.guard for asks in routes(app)} - {f"needs({name})" for name in named}
    assert [str(asks) for asks in routes(app) if asks.method == "POST" and asks.guard.startswith("needs(VIEW")] == []
    assert others == {"signed_in", "public(bare)", "public(bare, workspace)", "public(workspace)"}


def test_each_kind_of_person_meets_what_the_map_says(app: Flask) -> None:
    cast = factories.make_cast(app)
    # A session of globex's owner, brought to acme: another workspace's cookie opens nothing.
    people = {
        "visitor": (None, frozenset()),
        "stranger": (cast.hank, frozenset()),
        "member": (cast.mary, MEMBER),
        "admin": (cast.grace, ADMIN),
        "owner": (cast.ada, OWNER),
    }
    wrong = []
    browsers: dict[str, site.HostClient] = {}
    for asks in routes(app):
        for who, (person, rights) in people.items():
            if who not in browsers:
                browsers[who] = browser(app, person)
            met = answer(asks, browsers[who])
            if asks.path in LEAVING:
                del browsers[who]
            if not fits(asks, met, rights, inside=person is not None and person.workspace == "acme"):
                wrong.append(f"{asks}, {asks.guard}: {who} met {met}")
    assert not wrong, "\n".join(wrong)


def browser(app: Flask, person: factories.Person | None) -> site.HostClient:
    """A browser at acme with the person's session, of whichever workspace that is."""
    here = site.client(app, "acme")
    if person:
        there = site.client(app, person.workspace)
        factories.sign_in(app, there, person)
        cookie = there.get_cookie("portal-session", f"{person.workspace}.portal.localhost")
        assert cookie
        here.set_cookie("portal-session", cookie.value, domain="acme.portal.localhost")
    return here


def answer(asks: Asks, browser: site.HostClient) -> str:
    """`sign-in` for being sent there, otherwise the status."""
    with browser.open(asks.path, method=asks.method) as response:
        to_sign_in = response.status_code == 303 and response.location.startswith("/sign-in")
        return "sign-in" if to_sign_in and asks.path != "/" else str(response.status_code)


def fits(asks: Asks, met: str, rights: frozenset[Permission], *, inside: bool) -> bool:
    """Whether the answer is what the guard promises to somebody with these rights."""
    if asks.guard.startswith("public"):
        return met == "404" if asks.guard == "public(bare)" else met not in ("403", "500")
    if not inside or asks.path in LEAVING:
        return met == "sign-in"
    if asks.guard == "signed_in":
        return met not in ("sign-in", "403", "500")
    allowed = Permission[asks.guard.removeprefix("needs(").removesuffix(")")] in rights
    return met not in ("sign-in", "403", "500") if allowed else met == "403"
