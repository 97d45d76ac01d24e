"""A body that nobody reads does not cost its sender the answer: most clients send all of it before they read."""

from __future__ import annotations

import socket
from http.client import HTTPConnection, HTTPResponse

import pytest

from tests import factories

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.one_database
def test_whoever_sends_too_much_reads_why(app, gunicorn, cast):
    factories.enable_scim(app, "acme")
    server = gunicorn(workers=1)
    bearer = {"Authorization": f"Bearer {factories.make_token(app, 'acme')}"}
    for path, headers, megabytes, status in (
        ("/scim/v2/Users", bearer, 5, 413),
        ("/scim/v3/Users", {}, 5, 404),
        ("/scim/v1/Users", {}, 5, 401),
        ("/scim/v2/Users", {"Authorization": "Bearer wrong"}, 5, 401),
        ("/sign-in", FORM, 50, 413),
        ("/nowhere", FORM, 5, 404),
    ):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        host = server.url("acme").removeprefix("http://").rstrip("/")
        connection.request("POST", path, b"x=" + b"y" * (megabytes * 1024 * 1024), {"Host": host, **headers})
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (status, True), path
        connection.close()
    _broken_chunks_are_the_clients_fault(server, bearer)


def _broken_chunks_are_the_clients_fault(server, bearer) -> None:
    """A body that breaks while it is read is 400, and nobody is told that something went wrong on our side."""
    host = server.url("acme").removeprefix("http://").rstrip("/")
    for path, headers, kind in (("/scim/v2/Users", bearer, "application/scim+json"), ("/sign-in", FORM, "text/html")):
        for chunks in (b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}zz", b"5\r\n{}"):
            lines = {"Host": host, "Transfer-Encoding": "chunked", "Connection": "close", **headers}
            head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                connection.sendall(head.encode() + b"\r\n" + chunks)
                connection.shutdown(socket.SHUT_WR)
                answer = HTTPResponse(connection)
                answer.begin()
                assert (answer.status, answer.headers.get_content_type()) == (400, kind), (path, chunks, answer.read())
