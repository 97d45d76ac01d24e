"""Faults on purpose: each happens once, and python3-saml refuses what comes of it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from standin.apps import App
from standin.keys import SigningKey
from standin.people import Person
from tests.standin.saml.product import NS, begin, check, settings, xml


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("altered", "Signature validation failed"),
        ("unsigned", "not signed"),
        ("wrong-audience", "not a valid audience"),
        ("wrong-recipient", "The response was received at"),
        ("expired", "expired"),
        ("clock-skew", "not yet valid"),
    ],
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_fault_is_refused_once(
    client: FlaskClient, app: App, ada: Person, sp_key: SigningKey, failure: str, words: str, encrypted: bool
) -> None:
    sp = {"x509cert": sp_key.certificate, "privateKey": sp_key.private} if encrypted else {}
    app.sign_on.encryption_cert = sp_key.certificate if encrypted else ""
    client.post(f"{app.path}/failures", data={"failure": failure, "minutes": "30"})
    config = settings(client, app, sp=sp)
    assert words in check(begin(client, app, ada), config)[1]
    assert check(begin(client, app, ada), config)[1] == "", "the fault happens once"


def test_a_clock_behind_is_late(client: FlaskClient, app: App, ada: Person) -> None:
    client.post(f"{app.path}/failures", data={"failure": "clock-skew", "minutes": "-30"})
    assert "expired" in check(begin(client, app, ada), settings(client, app))[1]


def test_replay_sends_the_last_good_response_again(client: FlaskClient, app: App, ada: Person) -> None:
    first = begin(client, app, ada)
    client.post(f"{app.path}/failures", data={"failure": "expired"})
    begin(client, app, ada)
    client.post(f"{app.path}/failures", data={"failure": "replay"})
    assert begin(client, app, ada) == first
    assert begin(client, app, ada) != first


@pytest.mark.parametrize("minutes", ["", "ten", "1e3", "99999", "²"])
def test_a_skew_without_minutes_is_not_armed(client: FlaskClient, app: App, minutes: str) -> None:
    answer = client.post(f"{app.path}/failures", data={"failure": "clock-skew", "minutes": minutes})
    assert answer.status_code == 422
    assert app.failure.kind == ""


def test_unsigned_means_no_signature_at_all(client: FlaskClient, app: App, ada: Person) -> None:
    client.post(f"{app.path}/failures", data={"failure": "unsigned"})
    assert xml(begin(client, app, ada)).find(".//ds:Signature", NS) is None


def test_altered_means_the_assertion_even_when_it_is_encrypted(client: FlaskClient, app: App, ada: Person, sp_key: SigningKey) -> None:
    app.sign_on.encryption_cert, app.sign_on.sign_response = sp_key.certificate, False
    client.post(f"{app.path}/failures", data={"failure": "altered"})
    sp = {"x509cert": sp_key.certificate, "privateKey": sp_key.private}
    config = settings(client, app, sp=sp, wantMessagesSigned=False)
    assert "Signature validation failed" in check(begin(client, app, ada), config)[1]
