"""What every SCIM request carries, and what the client makes of answers."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from standin.apps import App
from standin.org import Org
from standin.people import Person
from tests.standin.conftest import Edge, assign, found


def probe(client: FlaskClient, app: App, **changes: str) -> str:
    """Presses Test API Credentials with what is saved."""
    form = {"do": "test", "base_url": app.integration.base_url, "enabled": "1", **changes}
    return client.post(f"{app.path}/provisioning/integration", data=form).get_data(as_text=True)


def test_the_probe_is_one_request_with_oktas_headers(client: FlaskClient, catalog: App, edge: Edge) -> None:
    catalog.integration.base_url += "/"
    edge.say("GET", "/scim/v2/Users", 200, found())
    assert "was verified" in probe(client, catalog)
    (call,) = edge.calls
    assert str(call) == "GET /scim/v2/Users?startIndex=1&count=2"
    assert call.headers == [
        ("Host", f"api.portal.localhost:{edge.port}"),
        ("Accept", "application/scim+json"),
        ("Accept-Charset", "utf-8"),
        ("User-Agent", "Okta SCIM Client 1.0.0"),
        ("Authorization", "a-token-of-the-product"),
        ("Connection", "Keep-Alive"),
        ("Accept-Encoding", "gzip,deflate"),
    ]


def test_import_groups_adds_a_request_to_the_probe(client: FlaskClient, catalog: App, edge: Edge) -> None:
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("GET", "/scim/v2/Groups", 200, found())
    assert "was verified" in probe(client, catalog, import_groups="1")
    assert edge.sent() == ["GET /scim/v2/Users?startIndex=1&count=2", "GET /scim/v2/Groups?startIndex=1&count=100"]


@pytest.mark.parametrize(
    ("kind", "typed", "header"),
    [
        ("custom", "t0ken", "Bearer t0ken"),
        ("custom", "Bearer t0ken", "Bearer Bearer t0ken"),
        ("test11", "Bearer t0ken", "Bearer t0ken"),
        ("test11", "t0ken", "t0ken"),
        ("test20", "Bearer t0ken", "Bearer t0ken"),
        ("catalog-token", "t0ken", "t0ken"),
    ],
)
def test_the_token_goes_out_as_each_kind_of_app_sends_it(
    client: FlaskClient, add_app, edge: Edge, kind: str, typed: str, header: str
) -> None:
    app = add_app(kind)
    edge.say("GET", "/scim/v2/Users", 200, found())
    probe(client, app, token=typed)
    assert dict(edge.calls[0].headers)["Authorization"] == header
    assert app.integration.token == "a-token-of-the-product", "a test saves nothing"


def test_version_1_1_speaks_plain_json(client: FlaskClient, add_app, edge: Edge, ada: Person) -> None:
    app = add_app("test11")
    edge.say("GET", "/scim/v2/Users", 200, {"schemas": ["urn:scim:schemas:core:1.0"], "totalResults": 0})
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    assign(client, app, ada)
    assert dict(edge.calls[0].headers)["Accept"] == "application/json"
    assert "Content-Type" not in dict(edge.calls[0].headers)
    assert dict(edge.calls[1].headers)["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            401,
            {"detail": "The token expired."},
            "Authorization failure. Error authenticating: Unauthorized. Errors reported by remote server: The token expired.",
        ),
        (403, {"detail": "SCIM is off."}, "Forbidden. Errors reported by remote server: SCIM is off."),
        (502, b"<html>Bad gateway</html>", "Invalid JSON: Unrecognized token"),
        (200, b"<html>Hello</html>", "Invalid JSON: Unrecognized token"),
        (200, found() | {"itemsPerPage": "2"}, "itemsPerPage is not a whole number"),
        (200, {"Resources": []}, "did not answer with a SCIM list"),
        (200, [], "did not answer with a SCIM list"),
    ],
)
def test_a_wrong_answer_fails_the_test_with_the_servers_words(
    client: FlaskClient, catalog: App, edge: Edge, status: int, body: object, words: str
) -> None:
    edge.say("GET", "/scim/v2/Users", status, body)
    assert words in probe(client, catalog).replace("&#39;", "'")


def test_nobody_listening_is_told(client: FlaskClient, catalog: App) -> None:
    assert "Unable to connect" in probe(client, catalog, base_url="http://127.0.0.1:1/scim/v2")


def test_a_redirect_is_not_followed(client: FlaskClient, catalog: App, edge: Edge) -> None:
    edge.say("GET", "/scim/v2/Users", 308, None, Location=f"{edge.url}/elsewhere")
    assert "Permanent Redirect" in probe(client, catalog)
    assert len(edge.calls) == 1


def test_429_is_honoured_and_tried_again(client: FlaskClient, catalog: App, edge: Edge, org: Org, ada: Person, naps: list[float]) -> None:
    edge.say("GET", "/scim/v2/Users", 429, {"detail": "Slow down."}, Retry_After="1")
    edge.say("GET", "/scim/v2/Users", 429, {"detail": "Slow down."}, Retry_After="7")
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    assign(client, catalog, ada)
    assert catalog.people[ada.id].status == "provisioned"
    assert naps == [1, org.config.longest_pause]
    notes = [item.note for item in org.log.newest() if item.status == 429]
    assert "asked to wait 7 s" in notes[0]
    assert "asked to wait 1 s" in notes[1]


def test_429_without_end_pauses_the_task(client: FlaskClient, catalog: App, edge: Edge, org: Org, ada: Person) -> None:
    edge.say("GET", "/scim/v2/Users", 429, {"detail": "Slow down."}, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT")
    assign(client, catalog, ada)
    assert len(edge.calls) == 4
    assert catalog.people[ada.id].status == "paused"
    (task,) = org.state.tasks
    assert task.paused
    assert "is paused" in task.text
    assert "300 s" in task.text


def test_the_log_shows_each_exchange_and_no_secret(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 409, {"detail": "Ada is taken."})
    assign(client, catalog, ada)
    page = client.get(f"{catalog.path}/requests").get_data(as_text=True)
    assert page.index("409") < page.index("/Users?filter="), "newest first"
    assert "a-token-of-the-product" not in page
    assert "••••duct" in page
    assert "Ada is taken." in page
    data = client.get("/api/requests?failed").get_json()["requests"]
    assert [item["status"] for item in data] == [409]
    assert data[0]["response_body"] == '{\n  "detail": "Ada is taken."\n}'
    client.post(f"{catalog.path}/requests/clear")
    assert client.get("/api/requests").get_json()["requests"] == []


def test_a_filter_escapes_quotes_and_can_write_plus(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    ada.email = 'ada"+b\\c@acme.example'
    catalog.integration.plus_for_space = True
    edge.say("GET", "/scim/v2/Users", 500, {"detail": "x"})
    assign(client, catalog, ada)
    expected = "filter=userName+eq+%22ada%5C%22%2Bb%5C%5Cc%40acme.example%22&startIndex=1&count=100"
    assert edge.calls[0].target == f"/scim/v2/Users?{expected}"
