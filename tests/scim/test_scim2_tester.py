"""scim2-tester, other people's suite, finds nothing wrong: on both databases, on the workspace's host and on the shared one."""

from __future__ import annotations

from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server
from scim2_tester.discovery import get_all_available_tags

from tests.scim.okta import connect


def test_every_result_passes(app, cast, database):
    subdomain = "acme" if database.startswith("sqlite") else "api"
    headers = {"Authorization": f"Bearer {connect(app).token}"}
    results = check_server(WSGISCIMClient(app, base_url=app.config["SETTINGS"].url(subdomain, "/scim/v2"), headers=headers))
    wrong = [
        f"{result.status} {result.title} {result.resource_type}: {result.reason}" for result in results if result.status != Status.SUCCESS
    ]
    assert wrong == []
    assert len(results) >= 130

    ran = {(tag, result.resource_type) for result in results for tag in result.tags}
    known = set(get_all_available_tags())
    assert known - {tag for tag, _ in ran} == set()
    each = {tag for tag in known if tag.startswith(("crud:", "patch:"))}
    assert {(tag, kind) for tag in each for kind in ("User", "Group")} - ran == set()
