"""/metrics counts what really happened, whatever clients send, and only for those nearby."""

from __future__ import annotations

import re

from portal.extensions import db
from portal.models import Token
from tests import factories
from tests.oauth import flow
from tests.scim.okta import connect
from tests.support import site


def _figures(app) -> dict[str, float]:
    lines = site.client(app).get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_requests_events_and_refused_tokens_are_counted_once_each(app, cast):
    okta = connect(app)
    before = _figures(app)
    user = okta.make("ann@acme.example")["id"]
    okta("POST", "/Users", {"userName": "ann@acme.example"})
    okta.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    okta("GET", f"/Users/{user}", Authorization="Bearer nothing")
    okta("GET", f"/Users/{user}", Authorization="")
    connect_again = flow.catalog(app)
    flow.refresh(app, connect_again, "wpr_unknown")
    flow.refresh(app, connect_again, "wpr_unknown", client_secret="wrong")
    with factories.inside(app, "acme") as ctx:
        for token in db.session.query(Token):
            token.revoked_at = ctx.now
    okta("GET", f"/Users/{user}")
    after = _figures(app)
    grown = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert grown['portal_requests_total{method="POST",route="/scim/v2/Users",status="201"}'] == 1
    assert grown['portal_requests_total{method="POST",route="/scim/v2/Users",status="409"}'] == 1
    counts = {name: grown[name] for name in grown if re.match(r"portal_(provisioning_events|token_failures)_total", name)}
    assert counts == {
        'portal_provisioning_events_total{operation="create",outcome="succeeded"}': 1,
        'portal_provisioning_events_total{operation="create",outcome="failed"}': 1,
        'portal_provisioning_events_total{operation="deactivate",outcome="succeeded"}': 1,
        'portal_provisioning_events_total{operation="refused",outcome="failed"}': 1,
        'portal_token_failures_total{boundary="scim",reason="unknown"}': 1,
        'portal_token_failures_total{boundary="scim",reason="missing"}': 1,
        'portal_token_failures_total{boundary="scim",reason="ended"}': 1,
        'portal_token_failures_total{boundary="oauth",reason="grant"}': 1,
        'portal_token_failures_total{boundary="oauth",reason="client"}': 1,
    }
    assert after['portal_database_connections{state="used"}'] >= 1


def test_no_client_makes_lines_of_its_own(app, cast):
    before = len(_figures(app))
    for number in range(5):
        site.client(app).open(f"/nowhere-{number}", method=f"WORD{number}")
    assert len(_figures(app)) - before <= 30, "a method, a status, a route and its histogram, however many words"
    assert not [name for name in _figures(app) if "WORD" in name or "nowhere" in name]


def test_figures_are_for_the_private_network_on_the_bare_domain(make_app):
    app = make_app(trusted_proxies=1)
    for address, status in (("127.0.0.1", 200), ("10.1.2.3", 200), ("fd00::1", 200), ("8.8.8.8", 404)):
        answer = site.client(app).get("/metrics", headers={"X-Forwarded-For": address})
        assert answer.status_code == status, address
    assert site.client(app, "api").get("/metrics").status_code == 404
