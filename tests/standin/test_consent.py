"""Authenticate with the product: the authorization code flow, and what becomes of its tokens."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from standin.apps import App, Grant
from standin.org import Org
from standin.people import Person
from tests.standin.conftest import Edge, assign, found

CALLBACK = "/admin/app/cpc/productboard/oauth/callback"


@pytest.fixture
def app(catalog: App, edge: Edge) -> App:
    """The catalog app as it ships: OAuth, not connected yet."""
    catalog.integration.auth = "oauth"
    catalog.integration.token = ""
    catalog.integration.enabled = False
    catalog.integration.token_url = f"{edge.url}/oauth2/token"
    catalog.integration.authorize_url = "http://app.portal.localhost:5000/oauth2/authorize"
    return catalog


def authenticate(client: FlaskClient, app: App, **changes: str) -> dict[str, list[str]]:
    """Presses the button; the query of the authorize request."""
    form = {"do": "authenticate", "enabled": "1", "base_url": app.integration.base_url, **changes}
    answer = client.post(f"{app.path}/provisioning/integration", data=form)
    assert answer.status_code == 303
    assert answer.location.startswith("http://app.portal.localhost:5000/oauth2/authorize?")
    return parse_qs(urlsplit(answer.location).query)


def tokens(edge: Edge, **changes: object) -> None:
    edge.say("POST", "/oauth2/token", 200, {"access_token": "at-1", "refresh_token": "rt-1", "expires_in": 3600, **changes})


def connect(client: FlaskClient, app: App, edge: Edge) -> None:
    """The whole flow, with Save."""
    state = authenticate(client, app)["state"][0]
    tokens(edge)
    client.get(CALLBACK, query_string={"code": "c0de", "state": state})
    edge.say("GET", "/scim/v2/Users", 200, found())
    form = {"do": "save", "enabled": "1", "base_url": app.integration.base_url}
    assert client.post(f"{app.path}/provisioning/integration", data=form).status_code == 303
    edge.clear()


def test_the_authorize_request_is_oktas(client: FlaskClient, app: App) -> None:
    query = authenticate(client, app)
    assert query.pop("state")[0]
    assert query == {
        "response_type": ["code"],
        "client_id": ["okta-client"],
        "redirect_uri": [f"http://okta.localhost:5001{CALLBACK}"],
    }
    assert not app.integration.enabled, "nothing is switched on before Save"


def test_a_query_of_the_endpoint_stays(client: FlaskClient, app: App) -> None:
    query = authenticate(client, app, authorize_url="http://app.portal.localhost:5000/oauth2/authorize?scope=scim:users:read")
    assert query["scope"] == ["scim:users:read"]
    assert query["response_type"] == ["code"]


def test_the_code_is_redeemed_with_the_secret_in_the_body(client: FlaskClient, app: App, edge: Edge) -> None:
    state = authenticate(client, app)["state"][0]
    tokens(edge)
    client.get(CALLBACK, query_string={"code": "c0de", "state": state})
    (call,) = edge.calls
    assert str(call) == "POST /oauth2/token"
    assert parse_qs(call.body.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["c0de"],
        "redirect_uri": [f"http://okta.localhost:5001{CALLBACK}"],
        "client_id": ["okta-client"],
        "client_secret": ["okta-secret"],
    }
    assert "Authorization" not in dict(call.headers)
    page = client.get(f"{app.path}/requests").get_data(as_text=True)
    for secret in ("okta-secret", "c0de", "at-1", "rt-1"):
        assert secret not in page
    assert app.integration.grant is None, "Save has not been pressed"


def test_save_keeps_the_tokens_after_a_probe(client: FlaskClient, app: App, edge: Edge) -> None:
    connect(client, app, edge)
    assert app.integration.enabled
    assert app.integration.new_grant is None
    assert app.integration.grant
    assert app.integration.grant.refresh_token == "rt-1"
    assert "Re-authenticate with Productboard" in client.get(f"{app.path}/provisioning").get_data(as_text=True)


def test_save_without_consent_is_refused(client: FlaskClient, app: App, edge: Edge) -> None:
    form = {"do": "save", "enabled": "1", "base_url": app.integration.base_url}
    answer = client.post(f"{app.path}/provisioning/integration", data=form)
    assert answer.status_code == 422
    assert "Authenticate with Productboard first." in answer.get_data(as_text=True)
    assert edge.calls == []


@pytest.mark.parametrize("query", [{"code": "c0de", "state": "guess"}, {"code": "c0de"}, {}])
def test_an_unknown_state_is_refused(client: FlaskClient, app: App, edge: Edge, query: dict[str, str]) -> None:
    authenticate(client, app)
    assert client.get(CALLBACK, query_string=query).status_code == 400
    assert edge.calls == []


def test_a_state_works_once_and_at_its_own_app_name(client: FlaskClient, app: App, edge: Edge) -> None:
    tokens(edge)
    state = authenticate(client, app)["state"][0]
    assert client.get("/admin/app/cpc/other/oauth/callback", query_string={"code": "c", "state": state}).status_code == 400
    state = authenticate(client, app)["state"][0]
    assert client.get(CALLBACK, query_string={"code": "c", "state": state}).status_code == 303
    assert client.get(CALLBACK, query_string={"code": "c", "state": state}).status_code == 400
    assert len(edge.calls) == 1


def test_denial_and_a_refused_code_are_told(client: FlaskClient, app: App, edge: Edge) -> None:
    state = authenticate(client, app)["state"][0]
    denial = {"error": "access_denied", "error_description": "The member denied the request.", "state": state}
    answer = client.get(CALLBACK, query_string=denial, follow_redirects=True)
    assert "did not authorize: The member denied the request.</" in answer.get_data(as_text=True)
    state = authenticate(client, app)["state"][0]
    edge.say("POST", "/oauth2/token", 400, {"error": "invalid_grant", "error_description": "The code was used."})
    answer = client.get(CALLBACK, query_string={"code": "c", "state": state}, follow_redirects=True)
    assert "Bad Request. Errors reported by remote server: The code was used." in answer.get_data(as_text=True)
    assert app.integration.new_grant is None


def test_a_token_about_to_end_is_renewed_before_the_request(client: FlaskClient, app: App, edge: Edge, org: Org, ada: Person) -> None:
    connect(client, app, edge)
    start = org.clock()
    org.clock = lambda: start + 3590
    tokens(edge, access_token="at-2", refresh_token="rt-2")
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    assign(client, app, ada)
    assert [call.method for call in edge.calls] == ["POST", "GET", "POST"]
    form = parse_qs(edge.calls[0].body.decode())
    assert (form["grant_type"], form["refresh_token"]) == (["refresh_token"], ["rt-1"])
    assert dict(edge.calls[1].headers)["Authorization"] == "Bearer at-2"
    assert app.integration.grant == Grant("at-2", "rt-2", start + 3590 + 3600)


def test_a_401_renews_once_and_the_refresh_token_stays_when_none_comes(client: FlaskClient, app: App, edge: Edge, ada: Person) -> None:
    connect(client, app, edge)
    tokens(edge, access_token="at-2", refresh_token=None)
    edge.say("GET", "/scim/v2/Users", 401, {"detail": "Expired."})
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    assign(client, app, ada)
    assert [call.target.partition("?")[0] for call in edge.calls] == ["/scim/v2/Users", "/oauth2/token", "/scim/v2/Users", "/scim/v2/Users"]
    assert app.people[ada.id].status == "provisioned"
    assert app.integration.grant
    assert app.integration.grant.refresh_token == "rt-1"


def test_a_refused_refresh_leaves_the_401_for_the_task(client: FlaskClient, app: App, edge: Edge, ada: Person, org: Org) -> None:
    connect(client, app, edge)
    edge.say("POST", "/oauth2/token", 400, {"error": "invalid_grant"})
    edge.say("GET", "/scim/v2/Users", 401, {"detail": "The consent was withdrawn."})
    assign(client, app, ada)
    assert len(edge.calls) == 2
    assert "Unauthorized. Errors reported by remote server: The consent was withdrawn." in org.state.tasks[0].text


def test_a_custom_app_may_use_oauth_with_a_client_of_its_own(client: FlaskClient, add_app, edge: Edge) -> None:
    app = add_app("custom", "Acme Product")
    assert app.name == "dev-7464750_acmeproduct_1"
    query = authenticate(client, app, auth="oauth", client_id="own", client_secret="own-secret", token_url=f"{edge.url}/oauth2/token")
    assert query["client_id"] == ["own"]
    assert query["redirect_uri"] == ["http://okta.localhost:5001/admin/app/cpc/dev-7464750_acmeproduct_1/oauth/callback"]
