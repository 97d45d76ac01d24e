"""People who sign in to Okta itself."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from standin.apps import App
from standin.people import Person
from tests.standin.saml.product import sign_in


@pytest.mark.parametrize(
    ("username", "password", "status"),
    [("ADA.lovelace@acme.example", "demo", 303), ("ada.lovelace@acme.example", "Demo", 401), ("nobody@acme.example", "demo", 401)],
)
def test_a_password_signs_in(client: FlaskClient, username: str, password: str, status: int) -> None:
    assert client.post("/signin", data={"username": username, "password": password}).status_code == status


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_sign_in_leads_nowhere_else(client: FlaskClient, ada: Person, onward: str) -> None:
    assert sign_in(client, ada, onward).location == "/app/UserHome"


def test_sessions_end_with_the_account(client: FlaskClient, app: App, ada: Person) -> None:
    sign_in(client, ada)
    client.post(f"/admin/people/{ada.id}/deactivate")
    assert client.get("/app/UserHome").location.startswith("/signin")
    assert sign_in(client, ada).status_code == 401
