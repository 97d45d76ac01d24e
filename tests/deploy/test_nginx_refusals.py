"""What nginx refuses by itself, most of it before it knows a location: below /scim/ that, too, is JSON. SC-12."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.load import ERROR
from tests.support.nginx import DOMAIN, Nginx
from tests.support.processes import free_port

HOST = f"acme.{DOMAIN}"
REFUSED = {
    "a percent-encoding that is none": ("GET {path}/%zz HTTP/1.1", [], b"", 400),
    "above the root": ("GET {path}/../../../../x HTTP/1.1", [], b"", 400),
    "an address that is too long": ("GET {path}?filter=" + "a" * 20_000 + " HTTP/1.1", [], b"", 414),
    "a header that is too long": ("GET {path} HTTP/1.1", ["X-Long: " + "a" * 20_000], b"", 431),
    "a header that is none": ("GET {path} HTTP/1.1", ["X Y: z"], b"", 400),
    "a method that nginx keeps": ("TRACE {path} HTTP/1.1", [], b"", 405),
    "a version of HTTP that is none": ("GET {path} HTTP/9.1", [], b"", 505),
    "a length that is none": ("POST {path} HTTP/1.1", ["Content-Length: many"], b"", 400),
    "a transfer coding that nobody knows": ("POST {path} HTTP/1.1", ["Transfer-Encoding: gzip"], b"", 501),
    "a chunk that is none": ("POST {path} HTTP/1.1", ["Transfer-Encoding: chunked"], b"zz\r\n", 400),
}


@pytest.fixture(scope="module")
def nginx() -> Iterator[Nginx]:
    """In front of nothing: none of these reaches the portal."""
    server = Nginx(free_port())
    yield server
    server.stop()


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_before_the_portal_is_scim_too(nginx, case):
    line, headers, body, status = REFUSED[case]
    answer = _answer(nginx, line.format(path="/scim/v2/Users"), headers, body)
    assert answer[:2] == (status, "application/scim+json")
    error = json.loads(answer[2])
    assert (error["schemas"], error["status"]) == ([ERROR], str(status))
    assert error["detail"]
    answer = _answer(nginx, line.format(path="/scim/v1/Users"), headers, body)
    assert answer[:2] == (status, "application/json")
    error = json.loads(answer[2])
    assert (error["schemas"], error["Errors"][0]["code"]) == (["urn:scim:schemas:core:1.0"], str(status))
    assert error["detail"] == error["Errors"][0]["description"]


@pytest.mark.parametrize("case", REFUSED)
def test_people_read_a_page(nginx, case):
    line, headers, body, status = REFUSED[case]
    answer = _answer(nginx, line.format(path="/sign-in/x"), headers, body)
    assert answer[:2] == (status, "text/html; charset=utf-8")
    assert "<h1>This request cannot be read</h1>" in answer[2]


def _answer(nginx: Nginx, line: str, headers: list[str], body: bytes) -> tuple[int, Any, str]:
    """Status, content type and body for bytes that no client library would send."""
    head = "\r\n".join([line, f"Host: {HOST}", "Connection: close", *headers, "", ""]).encode()
    with (
        socket.create_connection(("127.0.0.1", nginx.https), timeout=10) as plain,
        nginx.context.wrap_socket(plain, server_hostname=HOST) as connection,
    ):
        connection.sendall(head + body)
        with connection.makefile("rb") as answer:
            first, _, rest = answer.read().partition(b"\r\n\r\n")
    status, *fields = first.decode().split("\r\n")
    kept = dict(field.lower().split(": ", 1) for field in fields)
    return int(status.split()[1]), kept.get("content-type"), rest.decode()
