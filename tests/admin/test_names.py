"""Names of people and groups in pages: whatever stands in one, the text around it runs as it should."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from portal.domain.telling import Name, balanced, told, undirected
from portal.models import Group, Member
from portal.web.names import as_told, named
from tests import factories
from tests.pages import PageClient
from tests.scim.okta import connect

TURNING = "\u202e"
"""Right-to-left override: in a name that is not set apart it turns everything behind it."""


@pytest.fixture
def turned(app, cast):
    """Everybody's and the team's names turn direction; Okta wrote, was refused, and left its traces in both logs."""
    okta = connect(app)
    _, made = okta("POST", "/Users", {"userName": f"u{TURNING}@acme.example", "displayName": f"Ursula {TURNING}niuG eL"})
    okta("PATCH", f"/Users/{made['id']}", {"Operations": [{"op": "replace", "value": {"active": False}}]})
    okta("POST", "/Users", {"userName": f"u{TURNING}@acme.example"})
    okta("POST", "/Groups", {"displayName": f"Tooth {TURNING}seiriaF", "members": [{"value": made["id"]}]})
    okta("POST", "/Groups", {"displayName": f"Tooth {TURNING}seiriaF"})
    for person in (cast.ada, cast.grace, cast.alan, cast.mary):
        with factories.inside(app, "acme") as ctx:
            names = {"display_name": f"{person.given_name} {TURNING}x", "given_name": f"{person.given_name}{TURNING}"}
            ctx.session.execute(update(Member).where(Member.id == person.id).values(**names))
    return made


def loose(page: PageClient) -> list[str]:
    """The texts of the page in which something turns the direction and is not set apart, but for those that nobody sees."""
    unseen = "ancestor::*[contains(@class, 'visually-hidden')] or ancestor::option or ancestor::textarea"
    found = page.page.xpath(f"//text()[contains(., $turning)][not(ancestor::bdi or {unseen})]", turning=TURNING)
    return [f"{page.path}: {text.strip()!a}" for text in found]


def test_no_name_turns_the_text_around_it(app, cast, at, turned):
    page = at("acme", cast.ada)
    wrong, todo, seen = [], ["/"], set()
    while todo:
        path = todo.pop()
        if path in seen or "export" in path or path.startswith(("/static", "/sso/", "//")):
            continue
        seen.add(path)
        page.open(path)
        if page.page is not None:
            wrong += loose(page)
            todo += [link for link in page.page.xpath("//a/@href") if not urlsplit(link).netloc and link.startswith("/")]
    assert wrong == []
    assert {"/members", "/groups", "/audit-log", "/provisioning-log", f"/members/{turned['id']}"} <= seen


def test_nor_do_notices_and_refusals(app, cast, at, turned):
    page = at("acme", cast.ada).open(f"/members/{cast.alan.id}")
    page.submit("Save", {"Job title (optional)": "Logician"})
    assert page.notice == f"Alan {TURNING}x is saved."
    wrong = loose(page)
    page.submit("Save", {"User name": turned["userName"]}, status=422)
    assert page.errors == [f"There is a member with the user name “{turned['userName']}” already."]
    wrong += loose(page)
    wrong += loose(page.open(f"/members/{cast.mary.id}/deactivate").submit("Deactivate"))
    wrong += loose(page.open(f"/members/{cast.ada.id}/deactivate").submit("Deactivate", status=422))
    assert page.errors == [f"Ada {TURNING}x is the last owner of Acme. Make another member an owner first."]
    wrong += loose(page.open("/groups/new").submit("Create team", {"Name": f"Tooth {TURNING}seiriaF"}, status=422))
    wrong += loose(page.submit("Create team", {"Name": f"A {TURNING}B"}))
    assert page.notice == f"A {TURNING}B is created."
    wrong += loose(page.follow("Delete team"))
    assert wrong == []


def test_exports_keep_names_as_they_are(app, cast, at, turned):
    for log in ("provisioning-log", "audit-log"):
        text = at("acme", cast.ada).client.get(f"/{log}/export.csv").text
        assert f"Ursula {TURNING}niuG eL" in text
        assert "<bdi>" not in text


def test_a_name_reaches_no_further_than_its_own_end():
    """A closing isolate too many would end what sets the name apart, one too few would go on behind it."""
    assert named("<Ada>") == "<bdi>&lt;Ada&gt;</bdi>"
    assert named("") == named(None) == ""
    for name, shown in (
        ("عمر", "عمر"),
        ("a\u2069\u202eb", "a\u202eb"),
        ("a\u2067b", "a\u2067b\u2069"),
        ("\u2066a\u2069\u2069\u2068b", "\u2066a\u2069\u2068b\u2069"),
    ):
        assert balanced(name) == shown
    sentence = told(Name("Ada\u2069"), " made <", Name("B"), ">")
    assert sentence == "Ada\u2069 made <B>"
    assert as_told(sentence) == "<bdi>Ada</bdi> made &lt;<bdi>B</bdi>&gt;"
    assert as_told("a <b>") == "a &lt;b&gt;"
    assert undirected("\u202eab\u2067c\u2069") == "abc"


def test_what_was_sent_shows_what_stands_in_it(app, cast, at, turned):
    page = at("acme", cast.ada).open("/provisioning-log?outcome=failed")
    assert '"displayName": "Tooth \\u202eseiriaF"' in page.text
    with factories.inside(app, "acme") as ctx:
        assert ctx.session.scalar(select(Group.display_name)) == f"Tooth {TURNING}seiriaF"
