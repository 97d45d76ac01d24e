"""Okta as a client of SCIM 1.1, at a portal whose profile serves it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from tests import factories
from tests.scim.v1.words import Send
from tests.support import site


@pytest.fixture
def travelbank(database: str, applications: dict[str, Flask]) -> Flask:
    """A portal whose profile serves 1.1 and 2.0, with the workspace acme and its owner; kept for the worker's other tests."""
    name = f"{database} travelbank"
    if name not in applications:
        applications[name] = site.make(database_url=database, profile="travelbank")
    app = applications[name]
    site.refresh(app)
    factories.make_workspace(app, "acme", "Acme")
    factories.make_person(app, "acme", "Ada", "Lovelace", role="company-admin", owner=True)
    factories.enable_scim(app, "acme")
    return app


@pytest.fixture
def token(travelbank: Flask) -> str:
    """A header token of acme."""
    return factories.make_token(travelbank, "acme")


@pytest.fixture
def okta(travelbank: Flask, token: str) -> Send:
    """Sends a request as Okta's 1.1 client does: `okta("POST", "/Users", body)` gives status and body."""
    http = site.client(travelbank, "acme")
    usual = {"Accept": "application/json", "Content-Type": "application/json; charset=utf-8", "User-Agent": "OKTA SCIM Integration"}

    def send(method: str, path: str, body: Any = None, *, version: str = "v1", **headers: str) -> tuple[int, Any]:
        data = json.dumps(body).encode() if body is not None else None
        sent = {**usual, "Authorization": token, **headers}
        answer = http.open(f"/scim/{version}{path}", method=method, data=data, headers=sent)
        if version == "v1" and answer.status_code not in (204, 304):
            assert answer.content_type == "application/json", answer.text[:300]
        return answer.status_code, answer.get_json(silent=True)

    return send
