"""A load of SCIM writes that remembers what it was promised, and checks afterwards that every promise was kept."""

from __future__ import annotations

import http.client
import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.domain import groups, invariants, provisioning
from portal.extensions import db
from portal.models import GroupMember, Member, ProvisioningEvent
from tests import factories
from tests.scim.words import PATCH
from tests.support.processes import until

FULL = os.environ.get("FAULTS") == "full"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
UNSURE = object()


def size(small: int, full: int) -> int:
    """How many: few in the ordinary suite, many by `bin/test faults`."""
    return full if FULL else small


@dataclass
class Promise:
    """What a writer knows of one user it made: `id` is None until a create was answered; UNSURE where an answer never came."""

    user_name: str
    id: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """Where to write: a workspace with SCIM on, a token, a group."""

    port: int
    token: str
    group: str
    host: str = "acme.portal.localhost"


def prepare(app: Flask, seats: int | None = None) -> tuple[str, str]:
    """acme with SCIM on; returns a token and the id of an empty group."""
    factories.make_workspace(app, "acme", "Acme", seats=seats)
    factories.enable_scim(app, "acme")
    with factories.inside(app, "acme") as ctx:
        provisioning.switch_groups(ctx, True)
        group = groups.create(ctx, {"display_name": "Everybody"}, provisioned=True).id
    return factories.make_token(app, "acme"), group


class Writers:
    """Threads that each create people, change them, deactivate them and push them into a group, until told to stop.

    `unanswered` requests got no answer, which leaves open whether they were done; those in `cut_off` were sent on a connection that
    the server held open. `unavailable` ones were answered by a 503 of SCIM; whatever else is not success is `wrong`.
    `in_doubt` writes at most may have been done although a 503 answered them: the database kept them and died before it could say so.
    """

    def __init__(self, target: Target, threads: int = 4, in_doubt: int = 0) -> None:
        self.target = target
        self.in_doubt = in_doubt
        self.promises: list[Promise] = []
        self.acknowledged = 0
        self.unavailable = 0
        self.unanswered = 0
        self.cut_off: list[str] = []
        self.wrong: list[str] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(threads)]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def more(self, writes: int, seconds: float = 90, outcome: str = "acknowledged") -> None:
        """Waits until so many more writes were acknowledged, or `unavailable`; raises TimeoutError or what went wrong meanwhile."""
        goal = getattr(self, outcome) + writes
        try:
            until(lambda: getattr(self, outcome) >= goal or self.wrong, seconds, f"{writes} more writes {outcome}")
        finally:
            assert not self.wrong, self.wrong

    def _work(self, number: int) -> None:
        connection = Connection(self.target)
        turn = 0
        while not self._stop.is_set() and not self.wrong:
            turn += 1
            promise = Promise(f"w{number}-{turn}@acme.example")
            self.promises.append(promise)
            self._create(connection, promise)
            if promise.id:
                self._patch(connection, promise, "title", f"Title {turn}", path="title")
            if promise.id and turn % 2:
                self._patch(connection, promise, "active", False, path="active")
            if promise.id and turn % 3 == 0:
                self._join(connection, promise)
        connection.close()

    def _create(self, connection: Connection, promise: Promise) -> None:
        body = {
            "userName": promise.user_name,
            "name": {"givenName": "Wanda", "familyName": promise.user_name.partition("@")[0]},
            "emails": [{"value": promise.user_name, "primary": True}],
            "roles": [{"value": "maker", "primary": True}],
            "externalId": f"00u{promise.user_name}",
            "active": True,
        }
        answer = self._send(connection, "POST", "/Users", body)
        if answer:
            promise.id, promise.values = answer["id"], {"active": True, "title": None}

    def _patch(self, connection: Connection, promise: Promise, name: str, value: Any, path: str) -> None:
        body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": path, "value": value}]}
        answer = self._send(connection, "PATCH", f"/Users/{promise.id}", body)
        if answer is not False:
            promise.values[name] = value if answer else UNSURE

    def _join(self, connection: Connection, promise: Promise) -> None:
        body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": promise.id}]}]}
        answer = self._send(connection, "PATCH", f"/Groups/{self.target.group}", body)
        if answer is not False:
            promise.values["joined"] = True if answer else UNSURE

    def _send(self, connection: Connection, method: str, path: str, body: Any) -> Any:
        """The answer's body, or True; False when the portal said 503, None when that leaves it open or no answer came."""
        try:
            status, headers, data = connection.send(method, f"/scim/v2{path}", body)
        except (OSError, http.client.HTTPException) as error:
            self._count("unanswered")
            if connection.used:
                self.cut_off.append(f"{method} {path}: {error!r}")
            connection.close()
            self._stop.wait(0.02)
            return None
        if status in (200, 201, 204):
            self._count("acknowledged")
            return json.loads(data) if data else True
        if status == 503 and _reads_as_scim(status, headers, data):
            self._count("unavailable")
            self._stop.wait(0.02)
            return None if self.in_doubt else False
        self.wrong.append(f"{method} {path}: {status} {data[:500]!r}")
        return False

    def _count(self, outcome: str) -> None:
        with self._lock:
            setattr(self, outcome, getattr(self, outcome) + 1)

    def check(self, app: Flask) -> None:
        """Every acknowledged write is there, nothing is there by halves, and no unasked one."""
        assert not self.wrong, self.wrong
        with app.app_context():
            query = select(Member.id, Member.user_name, Member.status, Member.title).where(Member.source == "scim")
            found = {row.id: row for row in db.session.execute(query)}
            joined = set(db.session.scalars(select(GroupMember.member_id)))
            written = set(db.session.scalars(select(ProvisioningEvent.resource_id).where(ProvisioningEvent.operation == "create")))
            db.session.rollback()
        lost = [f"{promise.user_name} {what}" for promise in self.promises if (what := _lost(promise, found, joined))]
        assert not lost, lost
        assert {row.user_name for row in found.values()} <= {promise.user_name for promise in self.promises}
        assert written == set(found), "the provisioning log and the members differ"
        answered = {promise.id for promise in self.promises if promise.id}
        assert len(found) - len(answered) <= self.unanswered + self.in_doubt
        with factories.inside(app, "acme") as ctx:
            broken = list(invariants.broken(ctx))
            assert not broken, broken


def _lost(promise: Promise, found: dict[str, Any], joined: set[str]) -> str:
    if promise.id is None:
        return ""
    row = found.get(promise.id)
    if row is None:
        return "is not there"
    real = {"active": row.status == "active", "title": row.title, "joined": row.id in joined}
    wrong = {name: real[name] for name, value in promise.values.items() if value is not UNSURE and real[name] != value}
    return f"is {wrong}, promised {promise.values}" if wrong else ""


def _reads_as_scim(status: int, headers: dict[str, str], data: bytes) -> bool:
    """Whether Okta can read it: an error of SCIM that says for how many whole seconds to wait."""
    body = json.loads(data)
    expected = {"schemas": [ERROR], "status": str(status)}
    return {name: body.get(name) for name in expected} == expected and bool(body["detail"]) and int(headers["Retry-After"]) > 0


class Connection:
    """A client's connection, kept alive, opened again when it broke; `used` once it brought an answer."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._http: http.client.HTTPConnection | None = None
        self.used = False
        self._headers = {
            "Host": f"{target.host}:{target.port}",
            "Authorization": f"Bearer {target.token}",
            "Content-Type": "application/scim+json",
        }

    def send(self, method: str, path: str, body: Any, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer; raises OSError or HTTPException when none came whole. Text is sent as it is."""
        if self._http is None:
            self._http = http.client.HTTPConnection("127.0.0.1", self._target.port, timeout=30)
        data = body if isinstance(body, str) else json.dumps(body)
        self._http.request(method, path, data.encode(), {**self._headers, **headers})
        answer = self._http.getresponse()
        received = answer.read()
        self.used = True
        if answer.will_close:
            self.close()
        return answer.status, dict(answer.headers), received

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes it; the next request opens another."""
        if self._http is not None:
            with suppress(OSError):
                self._http.close()
            self._http, self.used = None, False
