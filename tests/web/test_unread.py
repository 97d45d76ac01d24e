"""A body that nobody reads does not cost its sender the answer: most clients send all of it before they read."""

from __future__ import annotations

from http.client import HTTPConnection

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
        ("/scim/v1/Users", {}, 5, 404),
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
