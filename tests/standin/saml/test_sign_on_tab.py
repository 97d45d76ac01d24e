"""The sign-on tab of an app: its settings and its certificates."""

from __future__ import annotations

from flask.testing import FlaskClient

from standin.apps import App, Statement
from standin.people import Person
from tests.standin.saml.product import begin, check, settings


def test_the_sign_on_tab_saves_what_is_right_and_nothing_else(client: FlaskClient, app: App) -> None:
    form = {
        "acs_url": "https://acme.example/acs",
        "audience": "acme",
        "name_id_format": "persistent",
        "username": "custom",
        "username_custom": 'user.firstName + "." + user.lastName',
        "name-0": "first",
        "value-0": "user.firstName",
        "sign_response": "1",
        "algorithm": "sha256",
    }
    assert client.post(f"{app.path}/sign-on", data=form).status_code == 303
    assert app.sign_on.statements == [Statement("first", "user.firstName")]
    assert not app.sign_on.sign_assertion
    saved = app.sign_on
    for wrong in (
        {"acs_url": "acme.example/acs"},
        {"acs_url": "https://acme.example/a_cs"},
        {"username_custom": "user.firstName +"},
        {"value-0": "firstName"},
        {"value-0": ""},
        {"sign_response": None},
        {"encryption_cert": "no certificate"},
        {"slo_enabled": "1"},
        {"algorithm": "md5"},
    ):
        answer = client.post(f"{app.path}/sign-on", data={**form, **wrong})
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.get_data(as_text=True)
        assert app.sign_on is saved


def test_a_new_certificate_signs_only_once_it_is_active(client: FlaskClient, app: App, ada: Person) -> None:
    old = settings(client, app)
    client.post(f"{app.path}/sign-on/keys")
    assert check(begin(client, app, ada), old)[1] == ""
    client.post(f"{app.path}/sign-on/keys/{app.keys[1].id}")
    assert "Signature validation failed" in check(begin(client, app, ada), old)[1]
    assert check(begin(client, app, ada), settings(client, app))[1] == ""
