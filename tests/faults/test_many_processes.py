"""Four processes at once: Okta provisions against the last seats, pushes one group from two sides and refreshes its tokens in parallel."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select

from portal.domain import invariants
from portal.extensions import db
from portal.models import GroupMember, Member, Token
from tests import factories
from tests.faults.load import Connection, Target, size
from tests.oauth import flow
from tests.scim.okta import connect
from tests.scim.words import PATCH

TURNS = size(10, 200)


def test_seats_groups_and_tokens_hold_across_processes(app, cast, at, gunicorn):
    okta = connect(app)
    people = [[okta.make(f"p{side}-{number}@acme.example")["id"] for number in range(4)] for side in range(2)]
    group = okta("POST", "/Groups", {"displayName": "Pushed"})[1]["id"]
    client = flow.catalog(app)
    first = flow.tokens(app, at, cast.ada, client)["refresh_token"]
    server = gunicorn(workers=4)
    target = Target(server.port, okta.token, group)
    with ThreadPoolExecutor(7) as pool:
        seats = [pool.submit(_connected, _provision, target, number) for number in range(3)]
        pushed = [pool.submit(_connected, _push, target, side) for side in people]
        refreshed = [pool.submit(_connected, _refresh, target, client, first) for _ in range(2)]
    active = {key: on for job in seats for key, on in job.result()[0].items()}
    assert sum(job.result()[1] for job in seats) > 0, "seats ran out"
    used = sum(job.result() for job in refreshed)
    with factories.inside(app, "acme") as ctx:
        assert list(invariants.broken(ctx)) == []
        assert ctx.workspace.seats_used == 3 + sum(active.values()) <= 10
        rows = ctx.session.execute(select(Member.id, Member.status).where(Member.id.in_(list(active))))
        assert {key: status == "active" for key, status in rows} == active
        inside = set(ctx.session.scalars(select(GroupMember.member_id).where(GroupMember.group_id == group)))
        assert inside == pushed[0].result() | pushed[1].result()
        assert _tokens(kind="access") == _tokens(kind="refresh") == 1 + used
        # Both began with the first one, which counts as rotated once; the last of each was not used.
        assert _tokens(Token.rotated_at.is_not(None), kind="refresh") == used - 1


def _connected(work: Callable[..., Any], target: Target, *arguments: Any) -> Any:
    with Connection(target) as connection:
        return work(connection, target, *arguments)


def _provision(connection: Connection, target: Target, number: int) -> tuple[dict[str, bool], int]:
    """Creates people with a paid role and lets every second one go again; returns who is active, and how often no seat was left."""
    active: dict[str, bool] = {}
    refused = 0
    for turn in range(TURNS):
        body = {"userName": f"s{number}-{turn}@acme.example", "roles": [{"value": "maker", "primary": True}], "active": True}
        status, made = _ask(connection, "POST", "/Users", body)
        if status == 403:
            assert "No seat left" in made["detail"]
            refused += 1
            leaving = next((key for key, on in active.items() if on), None)
        else:
            assert status == 201, made
            active[made["id"]] = True
            leaving = made["id"] if turn % 2 else None
        if leaving:
            assert _ask(connection, "PATCH", f"/Users/{leaving}", _operation("replace", path="active", value=False))[0] == 200
            active[leaving] = False
    return active, refused


def _push(connection: Connection, target: Target, people: list[str]) -> set[str]:
    """Puts people into the group, one by one and together, and takes some out; returns who is in it at the end."""
    inside: set[str] = set()
    everybody = _operation("add", path="members", value=[{"value": key} for key in people])
    for turn in range(TURNS):
        one = people[turn % len(people)]
        without = _operation("remove", path=f'members[value eq "{one}"]')
        for operation in (everybody, without):
            assert _ask(connection, "PATCH", f"/Groups/{target.group}", operation)[0] in (200, 204)
        inside = set(people) - {one}
    return inside


def _refresh(connection: Connection, target: Target, client: flow.Registered, secret: str) -> int:
    """Refreshes with what the last refresh gave; returns how often it got tokens."""
    got = 0
    for _ in range(TURNS):
        form = urlencode({"grant_type": "refresh_token", "refresh_token": secret, **client.credentials})
        headers = {"Host": f"app.portal.localhost:{target.port}", "Content-Type": "application/x-www-form-urlencoded"}
        status, _headers, data = connection.send("POST", "/oauth2/token", form, **headers)
        assert status == 200, data
        secret, got = json.loads(data)["refresh_token"], got + 1
    return got


def _ask(connection: Connection, method: str, path: str, body: Any) -> tuple[int, Any]:
    status, _headers, data = connection.send(method, f"/scim/v2{path}", body)
    return status, json.loads(data) if data else None


def _operation(verb: str, **rest: Any) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [{"op": verb, **rest}]}


def _tokens(*conditions: Any, kind: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Token).where(Token.kind == kind, *conditions)) or 0
