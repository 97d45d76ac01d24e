"""Authorization codes: single use, 60 seconds, bound to client, redirect URI and PKCE."""

from __future__ import annotations

import base64
import hashlib

from sqlalchemy import select

from portal.extensions import db
from portal.models import AuditEntry, AuthorizationCode, Consent
from portal.web.tenancy import now
from tests.oauth import flow
from tests.support.opening import opens

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def test_code_is_bound_to_its_client_and_redirect_uri(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    code = flow.code(app, at, cast.ada, client)
    flow.refused(flow.redeem(app, other, code), "invalid_grant")
    flow.refused(flow.redeem(app, other, code, redirect_uri=client.callback), "invalid_grant")
    flow.refused(flow.redeem(app, client, code, redirect_uri=other.callback), "invalid_grant")
    flow.refused(flow.redeem(app, client, code, redirect_uri=client.callback.replace("okta.com", "okta-emea.com")), "invalid_grant")
    flow.refused(flow.redeem(app, client, code + "x"), "invalid_grant")
    # None of that used it up.
    assert flow.redeem(app, client, code).status_code == 200


def test_code_lives_60_seconds(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    flow.age(app, "authorization_codes", "expires_at", seconds=59)
    with app.app_context():
        assert db.session.scalars(select(AuthorizationCode)).one().expires_at > now()
    flow.age(app, "authorization_codes", "expires_at", seconds=1)
    flow.refused(flow.redeem(app, client, code), "invalid_grant")


def test_replayed_code_revokes_what_it_gave(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    issued = flow.redeem(app, client, code).get_json()
    renewed = flow.refresh(app, client, issued["refresh_token"]).get_json()
    assert opens(app, issued["access_token"])
    flow.refused(flow.redeem(app, client, code), "invalid_grant")
    assert not opens(app, issued["access_token"])
    assert not opens(app, renewed["access_token"])
    flow.refused(flow.refresh(app, client, renewed["refresh_token"]), "invalid_grant")
    with app.app_context():
        assert db.session.scalars(select(Consent)).one().revoked_because == "code-replayed"
        ended = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "consent.ended")).one()
        assert (ended.actor_kind, ended.actor_label) == ("client", "Okta")


def test_replay_by_somebody_else_revokes_nothing(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    code = flow.code(app, at, cast.ada, client)
    issued = flow.redeem(app, client, code).get_json()
    flow.refused(flow.redeem(app, other, code, redirect_uri=client.callback), "invalid_grant")
    flow.refused(flow.redeem(app, client, code, client_secret="wrong"), "invalid_client", 401)
    assert opens(app, issued["access_token"])


def test_replay_a_day_later_is_still_a_replay(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    issued = flow.redeem(app, client, code).get_json()
    flow.age(app, "authorization_codes", "expires_at", days=1)
    flow.refused(flow.redeem(app, client, code), "invalid_grant")
    assert not opens(app, issued["access_token"])


def test_pkce_is_honoured(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client, **PKCE)
    for verifier in (None, "w" * 43, CHALLENGE, VERIFIER + "=", "\0", "é" * 43):
        answer = flow.redeem(app, client, code, code_verifier=verifier)
        flow.refused(answer, "invalid_grant")
        assert "code_verifier does not fit" in answer.get_json()["error_description"]
    assert flow.redeem(app, client, code, code_verifier=VERIFIER).status_code == 200


def test_verifier_without_a_challenge_is_a_downgrade(app, at, cast):
    client = flow.catalog(app)
    code = flow.code(app, at, cast.ada, client)
    flow.refused(flow.redeem(app, client, code, code_verifier=VERIFIER), "invalid_grant")
