"""Connections spread over the workers: a client that keeps a dozen keeps no core idle."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.support.site import ROOT

TOGETHER = 12


@pytest.mark.one_database
def test_connections_of_one_client_are_shared_by_the_workers(app, gunicorn, cast):
    server = gunicorn(workers=2)
    until = time.monotonic() + 15
    while min(_shares(server)) <= 6 and time.monotonic() < until:
        pass  # both are up once both have some
    _wait_until_closed(server)
    idle, rounds = [_sockets(pid) for pid in server.workers], []
    for _ in range(6):
        shares = _shares(server)
        rounds.append([now - before for now, before in zip(shares, idle, strict=True)])
        _wait_until_closed(server)
    assert sum(min(shares) >= 3 for shares in rounds) >= 5, rounds
    _refuses_in_json(server)


def _refuses_in_json(server) -> None:
    """What gunicorn refuses before the portal sees it is JSON, as everything is that Okta may read, and no page."""
    there = f"Host: acme.portal.localhost:{server.port}\r\n"
    long, many = "The address is too long: 8190 characters at most. ", "x" * 9000
    refused = {
        f"GET /scim/v2/Users?filter={many} HTTP/1.1\r\n{there}\r\n": ("414", f"{long}Send a shorter filter, or POST it to /.search."),
        f"GET http://acme/scim/v1/Users?filter={many} HTTP/1.1\r\n{there}\r\n": ("414", f"{long}Send a shorter filter"),
        f"GET /oauth2/authorize?state={many} HTTP/1.1\r\n{there}\r\n": ("414", f"{long}Send a shorter state: 4096 characters at most."),
        f"POST /oauth2/token?code={many} HTTP/1.1\r\n{there}\r\n": ("414", f"{long}Send the parameters in the body, by POST."),
        f"GET /members?q=/scim/{many} HTTP/1.1\r\n{there}\r\n": ("414", f"{long}Begin again at the first page of the workspace."),
        many: ("414", f"{long}Begin again"),
        f"GET /scim/v2/Users HTTP/1.1\r\n{there}Authorization: {'x' * 9000}\r\n\r\n": ("431", "A header is too long"),
        f"GET /scim/v2/Users HTTP/1.1\r\n{there}Expect: the-best\r\n\r\n": ("417", "Expectation Failed. Unable to comply"),
        f"GET /scim/v2/Users HTTP/7.9\r\n{there}\r\n": ("400", "Bad Request. Invalid HTTP Version"),
        "\x00\r\n\r\n": ("400", "Bad Request. Invalid Request Line"),
    }
    for request, (status, detail) in refused.items():
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(request.encode())
            answer = HTTPResponse(connection)
            answer.begin()
            error = json.loads(answer.read())
        assert (answer.status, answer.getheader("Content-Type"), error["status"]) == (int(status), "application/json", status)
        assert error["detail"].startswith(detail)
        assert error["Errors"] == [{"code": status, "description": error["detail"]}]


def test_the_master_imports_nothing_of_the_portal_so_that_a_reload_brings_newer_code():
    script = "import runpy, sys; runpy.run_path('gunicorn.conf.py'); print([name for name in sys.modules if name.startswith('portal')])"
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": "unused"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def _shares(server) -> list[int]:
    """The workers' sockets while a client has twelve connections, opened at once."""
    kept = [HTTPConnection("127.0.0.1", server.port, timeout=20) for _ in range(TOGETHER)]
    for connection in kept:
        connection.connect()
    for connection in kept:
        connection.request("GET", "/healthz", headers={"Host": server.url().removeprefix("http://").rstrip("/")})
        assert connection.getresponse().read()
    shares = [_sockets(pid) for pid in server.workers]
    for connection in kept:
        connection.close()
    return shares


def _wait_until_closed(server) -> None:
    """Until the workers have noticed that the connections are closed."""
    counts: list[tuple[int, ...]] = []
    until = time.monotonic() + 10
    while len(counts) < 20 or len(set(counts[-20:])) > 1:
        assert time.monotonic() < until, counts[-20:]
        counts.append(tuple(_sockets(pid) for pid in server.workers))
        time.sleep(0.01)


def _sockets(pid: int) -> int:
    count = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            count += str(link.readlink()).startswith("socket:")
    return count
