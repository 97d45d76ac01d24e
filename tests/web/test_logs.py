"""What a failure leaves on standard error: one JSON line with the route, and nothing of the address that was asked."""

from __future__ import annotations

import json

import pytest

from portal.domain import links


@pytest.mark.usefixtures("cast")
def test_failure_names_the_route_and_never_the_path(app, client, capsys, caplog, monkeypatch):
    def fail(*_args: object) -> None:
        raise RuntimeError("of our own making")

    monkeypatch.setattr(links, "peek", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = client("acme").get("/set-password/the-secret-of-a-link")
    assert answer.status_code == 500
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    [failure] = [line for line in lines if line["event"] == "unhandled"]
    assert failure["route"] == "/set-password/<secret>"
    assert "of our own making" in failure["exception"]
    assert failure["request_id"] == answer.headers["X-Request-Id"]
    assert "the-secret-of-a-link" not in json.dumps(lines) + caplog.text
