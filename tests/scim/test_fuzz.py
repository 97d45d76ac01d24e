"""Whatever is sent, in either version: never a failure of the server, an error that is SCIM, and what is refused writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from sqlalchemy import func, select

from portal.domain import invariants, workspaces
from portal.models import AuditEntry, Group, GroupMember, Member, SearchTerm, Workspace
from portal.models.base import Base
from tests import factories
from tests.scim.okta import HEADERS, connect
from tests.scim.requests_at_random import FAMILIES, OWN, Sent
from tests.scim.test_bodies import BAD, WRONG
from tests.support import site

TABLES: tuple[type[Base], ...] = (GroupMember, SearchTerm, AuditEntry)


class Target:
    """A portal that speaks both versions, with a user and a group to aim at."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        factories.make_cast(app)
        with factories.inside(app, "acme") as ctx:
            workspaces.set_seats(ctx, None)
        self.okta = connect(app)
        self.http = site.client(app, "acme")
        self.keys: dict[str, str] = {}
        self._number = 0

    def renew(self) -> None:
        """Makes the user and the group anew where they are gone."""
        self._number += 1
        for kind, name in (("user", "userName"), ("group", "displayName")):
            path = f"/{kind.capitalize()}s"
            if kind not in self.keys or self.okta("GET", f"{path}/{self.keys[kind]}")[0] != 200:
                body: dict[str, Any] = {name: f"{kind}{self._number}@acme.example"}
                if kind == "group":
                    body["members"] = [{"value": self.keys["user"]}]
                else:
                    body |= {"name": {"givenName": "A", "familyName": "B"}, "emails": [{"value": "a@acme.example", "type": "work"}]}
                status, made = self.okta("POST", path, body)
                assert status == 201, made
                self.keys[kind] = made["id"]

    def send(self, sent: Sent) -> Any:
        """Sends it."""
        path, data = sent.path, sent.body
        for kind, key in self.keys.items():
            path = path.replace(f"{{{kind}}}", key)
            data = data.replace(f"{{{kind}}}".encode(), key.encode()) if data else data
        headers = {**HEADERS, "Authorization": f"Bearer {self.okta.token}"}
        return self.http.open(f"/scim/{sent.version}{path}", method=sent.method, data=data, headers=headers)

    def check_echo(self) -> None:
        """Whatever they hold by now, both resources are found, and what is got can be put: Okta does so, and it changes nothing."""
        for kind in self.keys:
            path = f"/{kind.capitalize()}s/{self.keys[kind]}"
            status, got = self.okta("GET", path)
            assert (status, self.okta("PUT", path, got)[0]) == (200, 200), (got, self.okta.last.text)
            assert {**self.okta.last.get_json(), "meta": {}} == {**got, "meta": {}}
            found = self.okta("GET", f'/{kind.capitalize()}s?filter=id eq "{self.keys[kind]}"')[1]["Resources"][0]
            assert {**found, "meta": {}} == {**got, "meta": {}}

    def state(self) -> list[Any]:
        """What every write moves."""
        with factories.inside(self.app, "acme") as ctx:
            rows = [ctx.session.execute(select(kind.id, kind.version).order_by(kind.id)).all() for kind in (Member, Group)]
            counters = ctx.session.execute(
                select(Workspace.seats_used, Workspace.member_seq, Workspace.group_seq, Workspace.audit_seq)
            ).all()
            return [*rows, counters, *(ctx.session.scalar(select(func.count()).select_from(table)) for table in TABLES)]


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_that_is_sent_breaks_anything(make_app: Callable[..., Flask], family: str) -> None:
    target = Target(make_app(profile="travelbank"))
    target.renew()

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(FAMILIES[family])
    def never(sent: Sent) -> None:
        before = target.state()
        answer = target.send(sent)
        assert answer.status_code < 500, answer.text
        assert answer.content_type == ("application/scim+json" if sent.version == "v2" else "application/json") or not answer.data
        if answer.status_code >= 400:
            assert answer.get_json()["detail"], answer.text
            assert target.state() == before
        elif sent.method != "GET":
            target.renew()
            target.check_echo()

    never()
    with factories.inside(target.app, "acme") as ctx:
        assert list(invariants.broken(ctx)) == []


WRONG_IN_GROUPS: dict[str, list[object]] = {
    "displayName": [1, True, [], {}, "", None, "x" * 500],
    "externalId": [1, ["a"], {}, "x" * 500],
    "members": ["nobody", 7, [7], [{}], [{"value": 7}], [{"value": ["x"]}], [[]], {"value": None}],
}


def test_bodies_that_are_none_and_values_of_wrong_types_are_refused_in_both_versions(make_app: Callable[..., Flask]) -> None:
    target = Target(make_app(profile="travelbank"))
    target.renew()
    before = target.state()
    wrong = {"Users": WRONG, "Groups": WRONG_IN_GROUPS}
    name = {"Users": ("userName", "new@acme.example"), "Groups": ("displayName", "New")}
    needed = {"name": {"givenName": "A", "familyName": "B"}, "emails": [{"value": "a@b.c"}]}
    for version in ("v1", "v2"):
        for kind, key in OWN.items():
            own: dict[str, Any] = {**(needed if kind == "Users" else {}), name[kind][0]: name[kind][1]}
            bodies = [
                *BAD.values(),
                *(json.dumps({**own, field: value}).encode() for field, values in wrong[kind].items() for value in values),
            ]
            for body in bodies:
                status = target.send(Sent(version, "POST", f"/{kind}", body)).status_code
                assert status == 400, (version, kind, body)
            for body in BAD.values():
                for method in ("PUT", "PATCH"):
                    assert target.send(Sent(version, method, f"/{kind}/{key}", body)).status_code == 400, (version, method, body)
            large = target.send(Sent(version, "POST", f"/{kind}", b'{"userName": "' + b"x" * 5_000_000 + b'"}'))
            assert (large.status_code, large.get_json()["status"]) == (413, "413")
    assert target.state() == before
