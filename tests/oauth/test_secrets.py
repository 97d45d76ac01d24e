"""No secret of the flow in a log line, an error or the database."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import select, text

from portal.extensions import db
from portal.models import AuthorizationCode, Consent, Token
from tests.oauth import flow


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Leaves the process's logging as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_log_holds_none_of_the_secrets(cast, logging_restored, make_app, capsys):
    app = make_app(log_level="DEBUG")  # From here on the log goes to where standard error is captured.
    client = flow.catalog(app)
    path = flow.begin(app, client)
    code = flow.answered(flow.signed_in(app, cast.ada), path)["code"]
    issued = flow.redeem(app, client, code).get_json()
    renewed = flow.refresh(app, client, issued["refresh_token"]).get_json()
    flow.redeem(app, client, code)
    flow.redeem(app, client, code, client_secret="a wrong secret")
    flow.post(app, "/oauth2/introspect", {"token": renewed["access_token"], **client.credentials})
    flow.post(app, "/oauth2/revoke", {"token": renewed["refresh_token"], **client.credentials})
    flow.post(app, "/oauth2/token?client_secret=" + client.secret, {"code": code})
    lines = capsys.readouterr().err.splitlines()
    assert {json.loads(line)["route"] for line in lines if '"request"' in line} >= {"/oauth2/token", "/oauth2/authorize", "/oauth2/consent"}
    secrets = [client.secret, code, path.partition("request=")[2], flow.STATE, "a wrong secret", *issued.values(), *renewed.values()]
    for secret in secrets:
        if isinstance(secret, str) and secret not in ("Bearer", issued["scope"]):
            assert not [line for line in lines if secret in line]


def test_database_holds_none_of_the_secrets(app, at, cast):
    client = flow.catalog(app)
    path = flow.begin(app, client)
    code = flow.answered(at("acme", cast.ada), path)["code"]
    issued = flow.redeem(app, client, code).get_json()
    secrets = [client.secret, code, path.partition("request=")[2], issued["access_token"], issued["refresh_token"]]
    with app.app_context():
        for table in ("oauth_clients", "authorization_requests", "authorization_codes", "consents", "tokens", "audit_entries"):
            rows = str(db.session.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608 - names of our own
            assert not [secret for secret in secrets if secret in rows], table


def test_only_hashes_are_stored(app, at, cast):
    client = flow.catalog(app)
    issued = flow.tokens(app, at, cast.ada, client)
    with app.app_context():
        stored = str([vars(row) for table in (Token, AuthorizationCode, Consent) for row in db.session.scalars(select(table))])
    for secret in (issued["access_token"], issued["refresh_token"], client.secret):
        assert secret not in stored
