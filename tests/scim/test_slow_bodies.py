"""A client that takes its time over a body: it holds nobody up, and what ended meanwhile opens nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from portal.domain import provisioning, tokens
from portal.models import Group, Member, ProvisioningEvent, Token
from tests import factories
from tests.support import leaks
from tests.support.site import Gunicorn

GROUP = json.dumps({"displayName": "Slow group", "members": []}).encode()
BODY = json.dumps({"userName": "slow@acme.example", "name": {"givenName": "Slow", "familyName": "Coach"}, "emails": []}).encode()


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Gunicorn]]:
    """One portal for each database, since its start takes longer than any of these tests."""
    made: dict[str, Gunicorn] = {}
    yield made
    for server in made.values():
        server.stop()


@pytest.fixture
def server(app, cast, database, servers) -> Iterator[Gunicorn]:
    factories.enable_scim(app, "acme")
    if database not in servers:
        servers[database] = Gunicorn(database_url=database, workers=1)
    yield servers[database]
    leaks.read_log(servers[database].log)


def host_of(server: Any) -> str:
    return server.url("acme").removeprefix("http://").rstrip("/")


class Slow:
    """A create of which only half of the body is sent until it is let go on."""

    def __init__(self, server: Any, token: str, kind: str = "Users", body: bytes = BODY) -> None:
        self._connection, self._rest = HTTPConnection("127.0.0.1", server.port, timeout=20), body[20:]
        self._connection.putrequest("POST", f"/scim/v2/{kind}", skip_host=True)
        for name, value in {"Host": host_of(server), "Authorization": f"Bearer {token}", "Content-Length": str(len(body))}.items():
            self._connection.putheader(name, value)
        self._connection.endheaders(body[:20])

    def goes_on(self) -> tuple[int, str]:
        """Sends the rest; the answer's status and detail."""
        self._connection.send(self._rest)
        answer = self._connection.getresponse()
        body = json.loads(answer.read())
        self._connection.close()
        return answer.status, body.get("detail", "")


def quick(server: Any, token: str, name: str) -> int:
    body = {"userName": name, "name": {"givenName": "Quick", "familyName": "Silver"}, "emails": []}
    headers = {"Host": host_of(server), "Authorization": f"Bearer {token}"}
    return httpx.post(f"http://127.0.0.1:{server.port}/scim/v2/Users", json=body, headers=headers, timeout=10).status_code


def names(app: Any) -> set[str]:
    with factories.inside(app, "acme") as ctx:
        return set(ctx.session.scalars(select(Member.user_name).where(Member.workspace_id == ctx.workspace.id)))


def test_a_slow_body_holds_nobody_up(app, server):
    token = factories.make_token(app, "acme")
    assert quick(server, token, "first@acme.example") == 201
    slow = Slow(server, token)
    assert [quick(server, token, f"quick-{number}@acme.example") for number in range(3)] == [201] * 3
    assert slow.goes_on()[0] == 201
    assert {"slow@acme.example", "quick-2@acme.example"} <= names(app)


def test_a_slow_body_holds_no_connection_to_the_database(app, server):
    token = factories.make_token(app, "acme")
    assert quick(server, token, "first@acme.example") == 201
    slow = [Slow(server, token), Slow(server, token)]
    assert quick(server, token, "second@acme.example") == 201, "the guard has let the slow ones pass by now"
    figures = httpx.get(f"http://127.0.0.1:{server.port}/metrics", headers={"Host": f"portal.localhost:{server.port}"}).text
    used = next(line for line in figures.splitlines() if line.startswith('portal_database_connections{state="used"}'))
    assert float(used.split()[-1]) <= 1
    assert sorted(one.goes_on()[0] for one in slow) == [201, 409]


@pytest.mark.one_database
@pytest.mark.parametrize("ends", ["token", "scim"])
def test_what_ended_while_the_body_came_opens_nothing(app, server, ends):
    token = factories.make_token(app, "acme")
    assert quick(server, token, "first@acme.example") == 201
    slow = Slow(server, token)
    assert quick(server, token, "second@acme.example") == 201, "the guard has let the slow one pass by now"
    with factories.inside(app, "acme") as ctx:
        if ends == "token":
            tokens.revoke(ctx, ctx.session.scalars(select(Token).where(Token.workspace_id == ctx.workspace.id)).one())
        else:
            provisioning.switch(ctx, False)
    status, detail = slow.goes_on()
    assert (status, "Access refused" in detail, "switched off" in detail) == ((401, True, False) if ends == "token" else (403, False, True))
    assert "slow@acme.example" not in names(app)
    with factories.inside(app, "acme") as ctx:
        told = list(ctx.session.scalars(select(ProvisioningEvent.status).where(ProvisioningEvent.subject == "slow@acme.example")))
    assert told == [status], "the log tells it once"


@pytest.mark.one_database
def test_a_group_whose_body_came_while_groups_were_switched_off_is_not_made(app, server):
    token = factories.make_token(app, "acme")
    with factories.inside(app, "acme") as ctx:
        provisioning.switch_groups(ctx, True)
    slow = Slow(server, token, "Groups", GROUP)
    assert quick(server, token, "first@acme.example") == 201, "the guard has let the slow one pass by now"
    with factories.inside(app, "acme") as ctx:
        provisioning.switch_groups(ctx, False)
    status, detail = slow.goes_on()
    assert (status, "not managed by SCIM here" in detail) == (403, True)
    with factories.inside(app, "acme") as ctx:
        assert list(ctx.session.scalars(select(Group.display_name).where(Group.workspace_id == ctx.workspace.id))) == []
