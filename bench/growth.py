"""Measures what each ordinary SCIM request costs in a small workspace and in a large one, in process and on one database.

    .venv/bin/python -m bench.growth [--database postgresql://…] [--sizes 1000 100000] [--requests 150]

Fills the workspace to the first size, measures, fills it to the second, measures again, and prints milliseconds at the median and how
many times dearer each request has become. One group for each ten members, each of ten, so groups grow, too. SQLite in a temporary
directory unless a database is named; a named database must be empty.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask_migrate
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import insert, text

from portal import create_app
from portal.domain import details, directory, provisioning, search, tokens, workspaces
from portal.domain.actors import OPERATOR
from portal.domain.texts import fold
from portal.extensions import db
from portal.models import Group, GroupBucket, GroupMember, Member, MemberBucket, MemberCount, SearchTerm, Workspace
from portal.models.base import new_id
from portal.scim import stored

LIMIT = 1.3
BEGAN = datetime.now(UTC)
HOUR = timedelta(hours=1)
CHANGED = f'meta.lastModified gt "{BEGAN - 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}" and meta.lastModified lt "{BEGAN:%Y-%m-%dT%H:%M:%SZ}"'
USERS, GROUPS = "/scim/v2/Users", "/scim/v2/Groups"
Ask = Callable[[int], tuple[str, str, Any]]


def main() -> None:
    """Fills, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", default="")
    parser.add_argument("--sizes", type=int, nargs=2, default=[1_000, 100_000])
    parser.add_argument("--requests", type=int, default=150)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, portal(options.database or f"sqlite:///{Path(place) / 'portal.sqlite3'}") as (app, send):
        figures, have = [], 0
        for size in options.sizes:
            fill(app, have, size)
            have = size
            figures.append({name: median(send, ask, options.requests) for name, ask in requests(size).items()})
    print(f"{'':<62}{options.sizes[0]:>10} {options.sizes[1]:>10}      ratio")
    for name, small in figures[0].items():
        ratio = figures[1][name] / small
        print(f"{name:<62}{small:>10.2f} {figures[1][name]:>10.2f} {ratio:>10.2f}{'' if ratio <= LIMIT else '  over ' + str(LIMIT)}")


@contextmanager
def portal(url: str) -> Iterator[tuple[Flask, Callable[..., Any]]]:
    """A portal with an empty workspace, and what sends it a request."""
    keys = {"PORTAL_SECRET_KEY": "a key for measuring only, of enough characters", "PORTAL_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    os.environ.update({**keys, "PORTAL_DATABASE_URL": url, "PORTAL_LOG_LEVEL": "ERROR"})
    app = create_app()
    with app.app_context():
        flask_migrate.upgrade()
        ctx = workspaces.create(db.session(), app.config["PROFILE"], datetime.now(UTC), OPERATOR, slug="acme", name="Acme")
        ctx.workspace.scim_override = ctx.workspace.scim_groups = True
        provisioning.switch(ctx, True)
        headers = {"Authorization": f"Bearer {tokens.make(ctx, name='bench')[1]}"}
        db.session.commit()
    http = app.test_client()

    def send(method: str, path: str, body: Any) -> Any:
        answer = http.open(path, method=method, json=body, headers=headers, base_url=app.config["SETTINGS"].url("acme"))
        assert answer.status_code < 300, answer.text
        return answer

    yield app, send
    with app.app_context():
        db.engine.dispose()


def person(number: int) -> dict[str, Any]:
    """The columns of a member that differ from one to the next."""
    address = f"person-{number}@bench.example"
    emails = [{"primary": True, "value": address, "type": "work"}, {"value": f"home-{number}@bench.example", "type": "home"}]
    names = {"given_name": f"Given{number}", "family_name": f"Family{number}", "display_name": f"Shown {number:06}"}
    folded = {"user_name_folded": fold(address), "email_folded": fold(address)}
    kept = {"emails": emails, "locale": "en-US", "nickName": f"Nick {number}"}
    return {"user_name": address, "email": address, **names, **folded, "external_id": f"00u{number}", "attributes": kept}


def fill(app: Flask, have: int, size: int) -> None:
    """Adds members and groups until there are so many, as the domain's verbs would; 20 of all are inactive, 40 changed an hour ago."""
    with app.app_context():
        workspace = workspaces.get(db.session(), "acme")
        offset = workspace.member_seq - have
        for first in range(have + 1, size + 1, 5000):
            _fill(workspace, range(first, min(size, first + 4999) + 1), offset)
            db.session.commit()
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("ANALYZE"))
            db.session.commit()


def _fill(workspace: Workspace, numbers: range, offset: int) -> None:
    began, own = datetime.now(UTC) - timedelta(days=30), {"workspace_id": workspace.id}
    usual: dict[str, Any] = {**own, "provisioned": True, "attributes": {}, "version": 1, "created_at": began, "modified_at": began}
    kind = {"role": "contributor", "user_type": "employee", "source": "scim", "owner": False}
    people = [
        {**usual, **kind, "id": f"m{number}", "seq": number + offset, "status": "inactive" if number <= 20 else "active", **person(number)}
        for number in numbers
    ]
    for row in people:
        row["modified_at"] = row["wire_at"] = BEGAN - HOUR if 80 < int(row["id"][1:]) <= 120 else began
        row["wire"] = stored.wire(Member(**row))
    db.session.execute(insert(Member), people)
    found = [(row["id"], term) for row in people for term in search.terms(details.findable_by(Member(**row)))]
    db.session.execute(insert(SearchTerm), [{**own, "kind": "member", "subject_id": key, "term": term} for key, term in found])
    for status, count in Counter(row["status"] for row in people).items():
        facet = {"role": "contributor", "custom_role_id": "", "origin": "okta", "status": status}
        _add(MemberCount, (workspace.id, *facet.values()), "members", count, facet)
    teams = [
        {**usual, "id": f"g{number}", "seq": number // 10, "external_id": f"00g{number}", **_named(f"Team {number:06}")}
        for number in numbers
        if number % 10 == 0
    ]
    db.session.execute(insert(Group), teams)
    names = [{**own, "kind": "group", "subject_id": team["id"], "term": team["display_name_folded"]} for team in teams]
    db.session.execute(insert(SearchTerm), names)
    places = [{**own, "group_id": f"g{number - number % -10}", "member_id": f"m{number}", "added_at": began} for number in numbers]
    db.session.execute(insert(GroupMember), places)
    for table, column, rows in ((MemberBucket, "members", people), (GroupBucket, "groups", teams)):
        for bucket, count in Counter(int(str(row["seq"])) // directory.BUCKET for row in rows).items():
            _add(table, (workspace.id, bucket), column, count, {"bucket": bucket})
    workspace.member_seq, workspace.group_seq = numbers[-1] + offset, numbers[-1] // 10


def _named(name: str) -> dict[str, Any]:
    return {"display_name": name, "display_name_folded": fold(name)}


def _add(table: Any, key: tuple[Any, ...], column: str, count: int, values: dict[str, Any]) -> None:
    row = db.session.get(table, key) or table(workspace_id=key[0], **values, **{column: 0})
    setattr(row, column, getattr(row, column) + count)
    db.session.add(row)


def requests(size: int) -> dict[str, Ask]:
    """What is measured: each by the number of the request."""

    def one(number: int) -> int:
        return 100 + number * 7919 % (size - 200)

    def get(query: str, path: str = USERS) -> Ask:
        return lambda number: ("GET", path + query.format(n=one(number), team=one(number) // 10 * 10, last=size - 100), None)

    def look_up(wanted: str, path: str = USERS) -> Ask:
        return get(f"?startIndex=1&count=100&filter={wanted}", path)

    table = {
        "GET a user": get("/m{n}"),
        "the first page": get("?startIndex=1&count=100"),
        "the last page": get("?startIndex={last}&count=100"),
        "a page by cursor": get("?cursor=&count=100"),
        "count=0": get("?count=0"),
    }
    for wanted in (
        'userName eq "person-{n}@bench.example"', 'externalId eq "00u{n}"', 'id eq "m{n}"', 'emails.value eq "PERSON-{n}@bench.example"',
        'emails eq "home-{n}@bench.example"', 'emails[type eq "home" and value eq "home-{n}@bench.example"]',
        'name.givenName eq "given{n}"', 'name.familyName eq "family{n}"', 'displayName eq "shown {n:06}"', 'displayName sw "Shown {n:06}"',
        'userName eq "x" or emails.value eq "home-{n}@bench.example"', "active eq true", "active eq false",
        CHANGED,
    ):  # fmt: skip
        table[wanted] = look_up(wanted)
    table["active eq true, count=0"] = get("?count=0&filter=active eq true")
    table["lastModified gt … and lt …, the second page"] = get(f"?startIndex=26&count=25&filter={CHANGED}")
    table["by lastModified, by cursor"] = get("?cursor=&count=100&sortBy=meta.lastModified&sortOrder=descending")
    table["create a user"] = lambda number: ("POST", USERS, {"userName": f"new-{size}-{number}@bench.example", "externalId": new_id()})
    table["PUT a user"] = lambda number: ("PUT", f"{USERS}/m{number % 50 + 30}", {"userName": f"person-{number % 50 + 30}@bench.example",
                                                                               "title": f"{size} {number}"})  # fmt: skip
    table["PATCH active"] = lambda number: ("PATCH", f"{USERS}/m{number % 20 + 1}", _patch("active", (number // 20) % 2 == 0))
    table["GET a group without members"] = get("/g{team}?excludedAttributes=members", GROUPS)
    table["the first page of groups"] = get("?startIndex=1&count=50", GROUPS)
    table["groups: count=0"] = get("?count=0", GROUPS)
    for wanted in (
        'displayName eq "TEAM {team:06}"',
        'externalId eq "00g{team}"',
        'members.value eq "m{n}"',
        'displayName sw "Team {team:06}"',
    ):
        table[f"groups: {wanted}"] = look_up(wanted, GROUPS)
    group = f"{GROUPS}/g{10 * (size % 7 + 1)}"  # another one in each size, so that everybody is new there
    table["one member into a group"] = lambda number: ("PATCH", group, _patch("members", [{"value": f"m{300 + number}"}], "add"))
    return table


def _patch(path: str, value: Any, op: str = "replace") -> dict[str, Any]:
    return {"Operations": [{"op": op, "path": path, "value": value}]}


def median(send: Callable[..., Any], ask: Ask, count: int) -> float:
    """Milliseconds of a request at the median, after a short warm-up."""
    times = []
    for number in range(count + 10):
        method, path, body = ask(number)
        began = time.perf_counter()
        send(method, path, body)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[10:])


if __name__ == "__main__":
    main()
