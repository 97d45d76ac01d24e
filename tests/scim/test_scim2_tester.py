"""scim2-tester, other people's suite, finds nothing wrong: on both databases, on the workspace's host and on the shared one."""

from __future__ import annotations

from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from tests.scim.okta import connect


def test_every_result_passes(app, cast, database):
    subdomain = "acme" if database.startswith("sqlite") else "api"
    headers = {"Authorization": f"Bearer {connect(app).token}"}
    results = check_server(WSGISCIMClient(app, base_url=app.config["SETTINGS"].url(subdomain, "/scim/v2"), headers=headers))
    wrong = [
        f"{result.status} {result.title} {result.resource_type}: {result.reason}" for result in results if result.status != Status.SUCCESS
    ]
    assert wrong == []
    assert len(results) > 100
