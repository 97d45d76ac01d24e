"""Changing the key that encrypts secrets at rest: readable before, between and after; then the old key opens nothing and is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import func, select

from portal.domain import keys
from portal.extensions import db
from portal.models import ProvisioningEvent, SamlKey, Session, Token
from tests import factories
from tests.scim.okta import connect
from tests.support.settings import ENCRYPTION_KEY


def _opens(app, slug: str = "acme") -> bool:
    with factories.inside(app, slug) as ctx:
        return keys.signing_key(ctx, app.config["VAULT"]).startswith("-----BEGIN")


def test_a_key_is_changed_without_a_gap(portal, make_app, cast):
    old, new = make_app(), Fernet.generate_key().decode()
    assert _opens(old)
    with factories.inside(old, "acme") as ctx:
        stored = ctx.session.scalars(select(SamlKey.private_key)).one()
    both = f"{new},{ENCRYPTION_KEY}"
    between = make_app(encryption_keys=both)
    assert _opens(between), "the new key first, the old one still opens"
    assert "1 secrets are encrypted with the first key." in portal("keys", "rotate", encryption_keys=both)
    assert _opens(between)
    after = make_app(encryption_keys=new)
    assert _opens(after), "the old key was taken out"
    with factories.inside(after, "acme") as ctx:
        rotated = ctx.session.scalars(select(SamlKey.private_key)).one()
    assert rotated != stored
    with pytest.raises(InvalidToken):
        Fernet(ENCRYPTION_KEY).decrypt(rotated)
    assert "opens the SAML key of workspace" in portal("doctor", ok=False), "doctor, with the old key alone"
    assert "wrong" not in portal("doctor", encryption_keys=new)


def test_rotating_with_a_key_too_few_changes_nothing(portal, make_app, cast):
    app = make_app()
    assert _opens(app)
    said = portal("keys", "rotate", ok=False, encryption_keys=Fernet.generate_key().decode())
    assert "no key of PORTAL_ENCRYPTION_KEYS opens this secret: add the key" in said
    assert _opens(app)


def test_prune_takes_what_is_past_its_use_and_nothing_else(portal, app, cast, at):
    okta = connect(app)
    okta.make("ann@acme.example")
    okta("GET", "/Users?filter=broken")
    at("acme", cast.ada).open("/")
    with factories.inside(app, "acme") as ctx:
        before = {table: ctx.session.scalar(select(func.count()).select_from(table)) or 0 for table in (ProvisioningEvent, Session, Token)}
        entries = ctx.workspace.audit_seq
    said = portal("prune")
    assert "provisioning_events: 0 deleted" in said
    with app.app_context():
        past = datetime.now(UTC) - timedelta(days=91)
        oldest = db.session.scalars(select(ProvisioningEvent).order_by(ProvisioningEvent.at)).first()
        oldest.at = past
        db.session.scalars(select(Session)).first().expires_at = past
        db.session.commit()
    said = portal("prune")
    assert "provisioning_events: 1 deleted" in said
    assert "sessions: 1 deleted" in said
    with factories.inside(app, "acme") as ctx:
        left = {table: ctx.session.scalar(select(func.count()).select_from(table)) for table in before}
        assert left == {**before, ProvisioningEvent: before[ProvisioningEvent] - 1, Session: before[Session] - 1}
        assert ctx.workspace.audit_seq == entries
    assert okta("GET", "/Users")[0] == 200
    assert "as they were written" in portal("audit", "verify", "acme")
