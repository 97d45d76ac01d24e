"""Refusals of SCIM 1.1, each in both forms of error."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain import provisioning
from portal.extensions import db
from portal.models import ProvisioningEvent
from tests import factories
from tests.scim.v1.words import CORE, Send, random_user
from tests.support import site


@pytest.mark.parametrize(
    ("method", "path", "headers", "code"),
    [
        ("GET", "/Users", {"Authorization": "wrong"}, 401),
        ("GET", "/Users/unknown", {}, 404),
        ("GET", "/Nothing", {}, 404),
        ("DELETE", "/Users", {}, 405),
        ("POST", "/Users", {}, 400),
        ("GET", "/Users?filter=ABC@X", {}, 400),
        ("GET", "/Users?count=many", {}, 400),
    ],
)
def test_every_failure_has_both_forms_of_error(okta: Send, method: str, path: str, headers: dict[str, str], code: int) -> None:
    status, error = okta(method, path, **headers)
    assert status == code
    detail = error["detail"]
    assert detail
    assert error == {"schemas": [CORE], "Errors": [{"description": detail, "code": str(code)}], "detail": detail, "status": str(code)}


def test_a_conflict_and_a_stale_version_have_both_forms_too(okta: Send) -> None:
    user = random_user()
    path = f"/Users/{okta('POST', '/Users', user)[1]['id']}"
    for code, (status, error) in (
        (409, okta("POST", "/Users", user)),
        (412, okta("PATCH", path, {"title": "x"}, **{"If-Match": 'W/"999"'})),
    ):
        assert (status, set(error), error["Errors"]) == (
            code,
            {"schemas", "Errors", "detail", "status"},
            [{"description": error["detail"], "code": str(code)}],
        )


def test_the_log_names_whom_a_patch_of_the_other_version_was_about(app: Flask, okta: Send) -> None:
    user = okta("POST", "/Users", random_user())[1]
    status, error = okta("PATCH", f"/Users/{user['id']}", {"Operations": [{"op": "replace", "value": {"active": False}}]})
    assert (status, "this address is SCIM 1.1" in error["detail"]) == (400, True)
    with app.app_context():
        event = db.session.scalars(select(ProvisioningEvent).where(ProvisioningEvent.succeeded.is_(False))).one()
        assert (event.resource_id, event.subject) == (user["id"], " ".join((user["name"]["givenName"], user["name"]["familyName"])))


def test_it_is_served_only_where_the_profile_says_so(make_app: Callable[..., Flask]) -> None:
    app = make_app(profile="productiv")
    factories.make_workspace(app, "acme", "Acme")
    factories.enable_scim(app, "acme")
    token = factories.make_token(app, "acme")
    for path in ("/Users", "/ServiceProviderConfigs", "/Users/x"):
        answer = site.client(app, "acme").get(f"/scim/v1{path}", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.content_type) == (404, "application/json")
        assert answer.get_json()["Errors"][0]["code"] == "404"


def test_switched_off_it_says_so(travelbank: Flask, okta: Send) -> None:
    with factories.inside(travelbank, "acme") as ctx:
        provisioning.switch(ctx, False)
    status, error = okta("GET", "/Users")
    assert (status, "switched off" in error["Errors"][0]["description"]) == (403, True)
