"""The cases of Okta's test plan that sign somebody in whom provisioning created: from the product's page, and from Okta's tile."""

from __future__ import annotations

import pytest

from tests.saml.conftest import connect
from tests.scim.okta import connect as provision
from tests.support.says import Says


@pytest.mark.parametrize("begins", ["here", "at the tile"])
def test_c9342_c9343_an_assigned_person_signs_in_and_an_unassigned_one_does_not(app, cast, idp, browser_at, begins):
    connect(app, "acme", idp)
    okta = provision(app)
    user = okta.make("Nina@acme.example", emails=[{"value": "nina@acme.example", "primary": True}])

    def comes_in() -> bool:
        browser = browser_at()
        if begins == "here":
            answer = browser.sign_in(Says(name_id="nina@acme.example"))
        else:
            answer = browser.arrive(browser.post(idp.response(Says(name_id="nina@acme.example")), ""))
        return answer.location == "/" and browser.client.get("/settings/sso").status_code in (200, 403)

    assert comes_in()
    okta.patch(f"/Users/{user['id']}", {"op": "replace", "value": {"active": False}})
    assert not comes_in()
