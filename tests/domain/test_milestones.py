"""Steps of the set-up: noted once, also where two requests are the first ones."""

from __future__ import annotations

from datetime import timedelta

from portal.domain import provisioning
from tests import factories


def test_whoever_has_not_seen_that_another_noted_the_step_changes_nothing(app, cast, monkeypatch):
    with factories.inside(app, "acme") as ctx:
        provisioning.reach(ctx, "test-call")
        first = ctx.now
    with factories.inside(app, "acme") as ctx:
        ctx.now = first + timedelta(hours=1)
        monkeypatch.setattr(ctx.session, "get", lambda *_key: None)
        provisioning.reach(ctx, "test-call")
        monkeypatch.undo()
        assert provisioning.reached(ctx)["test-call"].at == first
