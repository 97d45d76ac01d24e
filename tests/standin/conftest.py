"""The stand-in as a test client, and a SCIM server that only records and answers what it was told.

The recorder stands for the network's edge: what arrives there, byte by byte, is what Okta would have sent.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from standin import create_app
from standin.apps import App, ToApp
from standin.config import Config
from standin.org import Org
from standin.people import Person
from standin.seeds import seed
from standin.state import State, StateFile
from tests.support.serving import serving


@dataclass
class Call:
    """A request as it arrived."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.target}"


@dataclass
class Edge:
    """The recorder: `say` queues answers for a method and a path; the last one of a queue stays."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, deque[tuple[int, Any, dict[str, str]]]] = field(default_factory=lambda: defaultdict(deque))

    @property
    def url(self) -> str:
        """A name under localhost on purpose: the stand-in must find it although Python does not."""
        return f"http://api.portal.localhost:{self.port}"

    def say(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> None:
        """Queues an answer."""
        self.answers[f"{method} {path}"].append((status, body, headers))

    def said(self, call: Call) -> tuple[int, Any, dict[str, str]]:
        """The answer to a call: 404 where none was queued."""
        queue = self.answers[f"{call.method} {call.target.partition('?')[0]}"]
        if not queue:
            return 404, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "Not here", "status": "404"}, {}
        return queue.popleft() if len(queue) > 1 else queue[0]

    def sent(self) -> list[str]:
        """What arrived, as `METHOD target` lines."""
        return [str(call) for call in self.calls]

    def clear(self) -> None:
        """Forgets calls and answers."""
        self.calls.clear()
        self.answers.clear()


def handler(edge: Edge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = Call(self.command, self.path, list(self.headers.items()), body)
            edge.calls.append(call)
            status, answer, headers = edge.said(call)
            data = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/scim+json", **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    return Handler


@pytest.fixture
def edge() -> Iterator[Edge]:
    edge = Edge()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(edge))
    server.daemon_threads = True
    edge.port = server.server_address[1]
    with serving(server):
        yield edge


CONFIG = Config(port=5001, client_id="okta-client", client_secret="okta-secret")


@pytest.fixture(scope="session")
def fresh() -> State:
    """A first start, made once: it takes an RSA key."""
    return seed(CONFIG)


@pytest.fixture
def naps() -> list[float]:
    """How long the stand-in would have slept."""
    return []


@pytest.fixture
def org(fresh: State, naps: list[float]) -> Iterator[Org]:
    org = Org(CONFIG, copy.deepcopy(fresh), StateFile(None), sleep=naps.append)
    yield org
    org.http.close()


class Browser(FlaskClient):
    """A test client at the stand-in's own address."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return super().open(*args, **{"base_url": "http://okta.localhost:5001", **options})


def browser(org: Org) -> FlaskClient:
    """A browser before an org."""
    app = create_app(org.config, org)
    app.test_client_class = Browser
    return app.test_client()


@pytest.fixture
def client(org: Org) -> FlaskClient:
    return browser(org)


@pytest.fixture
def catalog(org: Org, edge: Edge) -> App:
    """The catalog app, connected."""
    app = next(app for app in org.apps() if app.kind_key == "catalog")
    return connect(app, edge)


@pytest.fixture
def add_app(org: Org, client: FlaskClient, edge: Edge) -> Any:
    """Adds a connected app of a kind through the form."""

    def add(kind: str, label: str = "Custom") -> App:
        before = set(org.state.apps)
        assert client.post("/admin/apps/add", data={"label": label, "kind": kind}).status_code == 303
        (app_id,) = set(org.state.apps) - before
        return connect(org.state.apps[app_id], edge)

    return add


@pytest.fixture
def ada(org: Org) -> Person:
    return next(person for person in org.people() if person.first_name == "Ada")


@pytest.fixture
def grace(org: Org) -> Person:
    return next(person for person in org.people() if person.first_name == "Grace")


def connect(app: App, edge: Edge) -> App:
    """Connects an app to the recorder by a header token, with everything allowed."""
    app.integration.base_url = f"{edge.url}/scim/v2"
    app.integration.auth = "header"
    app.integration.token = "a-token-of-the-product"
    app.integration.enabled = True
    app.to_app = ToApp(True, True, True)
    return app


LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def found(*resources: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """A list answer."""
    total = len(resources) if total is None else total
    return {"schemas": [LIST], "totalResults": total, "startIndex": 1, "itemsPerPage": len(resources), "Resources": list(resources)}


def assign(client: FlaskClient, app: App, person: Person, role: str = "") -> Any:
    """Assigns a person through the form."""
    return client.post(f"{app.path}/assignments/people", data={"person": person.id, "role": role})
