"""Statements are made for a filter's form, and kept: what differs from one filter of the form to the next is a parameter."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask

from portal.domain import groups
from portal.domain.context import Context
from portal.scim import resources
from portal.scim.attributes import ResourceType
from portal.scim.filters import parse_filter
from portal.scim.paging import Listing
from tests import factories
from tests.scim.finding import expected, found
from tests.scim.people import documents
from tests.scim.population import BASE, add_members, statements


def kept(ctx: Context, kind: ResourceType, text: str, **order: str) -> Any:
    """What is kept of the list."""
    return Listing.of(ctx, kind, BASE, {"filter": text, **order}).query


ALIKE = [
    ('userName eq "ada"', '  userName   eq "bob@acme.example" '),
    ('emails.value eq "a"', 'emails.value eq "%_\\\\\'"'),
    ('emails[type eq "work" and value sw "a"]', 'emails[type eq "home" and value sw "b"]'),
    ('meta.lastModified gt "2026-01-01T00:00:00Z"', 'meta.lastModified gt "2026-02-02T02:02:02.0001+02:00"'),
    ('meta.created eq "2026-01-01T00:00:00Z"', 'meta.created eq "2026-01-01T00:00:00.0001Z"'),
    ("shoeSize gt 1", "shoeSize gt -9000000000000000000"),
    ('title eq "x" or not (groups.display co "y")', 'title eq "y" or not (groups.display co "x")'),
    ("title eq null and active eq true", 'title  eq null and active eq "True"'),
]
UNLIKE = [
    ("shoeSize gt 1", "shoeSize gt 1.5"),
    ("shoeSize eq 1", 'shoeSize eq "1"'),
    ("title eq null", 'title eq "null"'),
    ("active eq true", "active eq false"),
    ('emails.value sw "a"', 'emails.value sw " "'),
    ('title eq "x" and nickName eq "y"', 'title eq "x" or nickName eq "y"'),
]


def test_filters_of_one_form_share_what_is_kept(ctx: Context) -> None:
    kind = resources.build(ctx.profile).user
    for one, other in ALIKE:
        assert kept(ctx, kind, one) is kept(ctx, kind, other), one
        assert kept(ctx, kind, one) is not kept(ctx, kind, one, sortBy="title"), one
    for one, other in UNLIKE:
        assert kept(ctx, kind, one) is not kept(ctx, kind, other), one
    assert kept(ctx, kind, "userName pr") is not kept(ctx, resources.build(ctx.profile).group, "userName pr")


def test_a_long_filter_is_run_and_not_kept(ctx: Context) -> None:
    kind = resources.build(ctx.profile).user
    add_members(ctx, 3)
    text = f'emails.value eq "person2@acme.example" or title eq "{"x" * 300}"'
    assert kept(ctx, kind, text) is not kept(ctx, kind, text)
    assert len(found(ctx, kind, text)) == 1


ODD = [
    "'", "''", '"', "\\", "\\\\", "\\'", "%", "_", "%%", "a%b_c", "axbyc", "' OR '1'='1", "'; DROP TABLE members; --", "/* */", "?", "$1",
    ":text_0", "%(text_0)s", "%s", "{0}", "$.value", '"]', "a\nb", "ß", "SS", "\U0010ffff", "İ", "a b", "a  b",
]  # fmt: skip
FORMS = [
    "userName {op} {text}", "externalId {op} {text}", "name.familyName {op} {text}", "nickName {op} {text}", "emails.value {op} {text}",
    "emails[type eq {text} and value {op} {text}]", "unknown {op} {text}",
]  # fmt: skip


def test_no_text_changes_the_statement_or_finds_others(ctx: Context) -> None:
    """Whatever is sought is a value to the database: one statement for each form, and what Python finds."""
    kind = resources.build(ctx.profile).user
    for number, text in enumerate(ODD):
        kept = {"nickName": text, "unknown": text, "emails": [{"value": text, "type": text}], "phoneNumbers": [{"value": text}]}
        add_members(ctx, 1, user_name=f"{number} {text}", external_id=text, family_name=text, email=text, attributes=kept)
    shown = documents(ctx, kind)
    for form in FORMS:
        for op in ("eq", "co", "sw", "ew"):
            ran = set()
            for text in ODD:
                written = form.format(op=op, text=json.dumps(text))
                with statements() as noted:
                    ids = found(ctx, kind, written)
                ran |= {sql for sql, _ in noted if "members" in sql and "count(" not in sql}
                assert ids == expected(shown, kind, parse_filter(written)), written
                assert ids or "userName" in form, written
            assert len(ran) == 1, (form, op)


def test_workspaces_and_hosts_share_statements_and_see_their_own(app: Flask) -> None:
    names = ("acme", "globex")
    for name in names:
        factories.make_workspace(app, name, name.title())
        with factories.inside(app, name) as ctx:
            team = groups.create(ctx, {"display_name": "Team"})
            groups.add_members(ctx, team, add_members(ctx, 2))
            ctx.session.commit()
    user, group = resources.build(app.config["PROFILE"]).all
    wanted = {
        'emails.value eq "person1@acme.example"': 1,
        'groups.display eq "team"': 2,
        'groups.$ref sw "http://{name}/Groups/"': 2,
        'meta.location sw "http://{name}/Users/"': 2,
        'meta.location sw "http://nowhere/Users/"': 0,
    }
    for text, number in wanted.items():
        asked = {"filter": text, "sortBy": "groups.$ref"}
        seen, queries = [], set()
        for name in names:
            with factories.inside(app, name) as ctx:
                listing = Listing.of(ctx, user, f"http://{name}", {**asked, "filter": text.format(name=name)})
                rows = listing.rows(1, 100)
                assert len(rows) == listing.total() == number, text
                seen += [row.id for row in rows]
                queries.add(listing.query)
        assert len(set(seen)) == 2 * number
        assert len(queries) == 1
    for name in names:
        with factories.inside(app, name) as ctx:
            assert Listing.of(ctx, group, f"http://{name}", {"filter": f'members.$ref sw "http://{name}/Users/"'}).total() == 1
