"""The org itself: what a restart keeps, Reset, the guards, the command line, the pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from standin.__main__ import read
from standin.apps import App, Assignment, Grant
from standin.config import Config
from standin.org import Org, open_org
from standin.people import Person
from tests.pages import inspect
from tests.standin.conftest import Edge, assign, browser, found

PAGES = ["/", "/admin/people", "/admin/people/add", "/admin/groups", "/admin/groups/add", "/admin/apps", "/admin/apps/add",
         "/admin/tasks", "/admin/requests", "/admin/requests?failed", "/admin/reset", "/signin", "/app/UserHome"]  # fmt: skip
TABS = ["general", "sign-on", "provisioning", "assignments", "push-groups", "import", "requests", "failures"]


def inspected(text: str, path: str = "") -> None:
    """A page as every page has to be."""
    inspect(html.document_fromstring(text), path)


def test_each_page_is_whole(client: FlaskClient, catalog: App, edge: Edge, ada: Person, add_app: Any) -> None:
    add_app("custom")
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 403, {"detail": "No."})
    assign(client, catalog, ada)
    client.post("/signin", data={"person": ada.id})
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 200, path
        inspected(answer.get_data(as_text=True), path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    for app in client.application.extensions["org"].apps():
        for tab in TABS:
            inspected(client.get(f"{app.path}/{tab}").get_data(as_text=True), tab)
    inspected(client.get(f"{catalog.path}/assignments/{ada.id}").get_data(as_text=True))
    inspected(client.get(f"/admin/people/{ada.id}").get_data(as_text=True))
    inspected(client.get(catalog.sso_path, follow_redirects=True).get_data(as_text=True))


@pytest.mark.parametrize(
    "path", ["/nothing", "/admin/people/00u", "/admin/app/productboard/instance/0oa/sign-on", "/app/exk/sso/saml/metadata"]
)
def test_what_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    inspected(answer.get_data(as_text=True))


def test_a_restart_keeps_people_apps_and_keys(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path / "okta", owner_email="boss@corp.example", owner_name="Bea Boss")
    first = open_org(config)
    client = browser(first)
    person = {"first_name": "New", "last_name": "Comer", "email": "new@corp.example"}
    assert client.post("/admin/people/add", data=person).status_code == 303
    assert client.post("/admin/apps/add", data={"label": "Other", "kind": "test11"}).status_code == 303
    assert (tmp_path / "okta" / "state.json").stat().st_mode & 0o077 == 0, "it holds keys"
    second = open_org(config)
    assert second.state == first.state
    assert {"Bea Boss", "New Comer", "Ada Lovelace"} <= {item.name for item in second.people()}
    assert {app.kind_key for app in second.apps()} == {"catalog", "test11"}
    first.http.close()
    second.http.close()


def test_reset_begins_anew(client: FlaskClient, org: Org, ada: Person) -> None:
    old = org.apps()[0].key
    client.post(f"/admin/people/{ada.id}/deactivate")
    client.post("/admin/reset")
    assert org.apps()[0].key != old
    assert {person.status for person in org.people()} == {"active"}
    assert len(org.people()) == 8
    assert len(org.groups()) == 3


def test_another_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/", base_url="http://evil.example").status_code == 421


@pytest.mark.parametrize("origin", ["http://acme.portal.localhost:5000", "null"])
def test_another_sites_form_is_refused(client: FlaskClient, org: Org, ada: Person, origin: str) -> None:
    answer = client.post(f"/admin/people/{ada.id}/deactivate", headers={"Origin": origin})
    assert answer.status_code == 403
    assert ada.status == "active"
    assert client.post(f"/admin/people/{ada.id}/suspend", headers={"Origin": "http://okta.localhost:5001"}).status_code == 303


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first_name": ""}, "Enter a first name"),
        ({"email": "ada"}, "Enter an email address"),
        ({"login": "grace.hopper@acme.example"}, "Another person has the username"),
        ({"manager": "00u"}, "Choose a manager"),
        ({"user_type": "robot"}, "Choose a user type"),
    ],
)
def test_a_wrong_person_is_refused_and_changes_nothing(client: FlaskClient, ada: Person, changes: dict[str, str], words: str) -> None:
    before = vars(ada).copy()
    answer = client.post(f"/admin/people/{ada.id}", data={**before, **changes})
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert vars(ada) == before


def test_a_group_needs_a_name_of_its_own(client: FlaskClient, org: Org) -> None:
    for name in ("", "engineering"):
        assert client.post("/admin/groups/add", data={"name": name}).status_code == 422
    assert len(org.groups()) == 3


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"base_url": "api.example/scim"}, "Base URL: enter a full URL"),
        ({"base_url": "https://api.example/scim_v2"}, "without an underscore"),
        ({"base_url": ""}, "Enter the base URL"),
    ],
)
def test_a_wrong_integration_is_refused_and_changes_nothing(
    client: FlaskClient, catalog: App, edge: Edge, form: dict[str, str], words: str
) -> None:
    before = catalog.integration
    answer = client.post(f"{catalog.path}/provisioning/integration", data={"do": "save", "enabled": "1", **form})
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert catalog.integration is before
    assert edge.calls == []


def test_with_integration_off_save_sends_nothing(client: FlaskClient, catalog: App, edge: Edge) -> None:
    client.post(f"{catalog.path}/provisioning/integration", data={"do": "save", "base_url": catalog.integration.base_url})
    assert not catalog.integration.enabled
    assert edge.calls == []


def test_to_app_and_role_are_saved(client: FlaskClient, catalog: App, edge: Edge) -> None:
    edge.say("GET", "/scim/v2/Users", 200, found())
    client.post(f"{catalog.path}/provisioning/to-app", data={"create": "1"})
    assert edge.sent() == ["GET /scim/v2/Users?startIndex=1&count=2"], "Okta sends the probe again"
    assert (catalog.to_app.create, catalog.to_app.update) == (True, False)
    form = {"external_name": "permissionsRole", "namespace": "urn:x", "values": "a, b\nc", "scope": "personal"}
    client.post(f"{catalog.path}/provisioning/role", data=form)
    assert (catalog.role.values, catalog.role.scope) == (["a", "b", "c"], "personal")
    assert client.post(f"{catalog.path}/provisioning/role", data={**form, "external_name": "a[b"}).status_code == 422


def test_a_wrong_token_goes_out_once(client: FlaskClient, catalog: App, edge: Edge) -> None:
    edge.say("GET", "/scim/v2/Users", 401, {"detail": "No such token."})
    client.post(f"{catalog.path}/failures", data={"failure": "wrong-token"})
    form = {"do": "test", "enabled": "1", "base_url": catalog.integration.base_url}
    for _ in range(2):
        client.post(f"{catalog.path}/provisioning/integration", data=form)
    sent = [dict(call.headers)["Authorization"] for call in edge.calls]
    assert sent == ["wrong-token-0000", "a-token-of-the-product"]


def test_a_wrong_token_is_not_healed_by_a_refresh(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    catalog.integration.auth, catalog.integration.grant = "oauth", Grant("at", "rt")
    catalog.integration.token_url = f"{edge.url}/oauth2/token"
    edge.say("POST", "/oauth2/token", 200, {"access_token": "at-2"})
    edge.say("GET", "/scim/v2/Users", 401, {"detail": "No such token."})
    client.post(f"{catalog.path}/failures", data={"failure": "wrong-token"})
    assign(client, catalog, ada)
    assert len(edge.calls) == 1
    assert catalog.people[ada.id].status == "error"


def test_the_state_is_readable_without_its_secrets(client: FlaskClient, catalog: App) -> None:
    data = client.get("/api/state").get_json()
    (app,) = data["apps"]
    assert app["paths"]["path"] == catalog.path
    assert app["issuer"].startswith("http://www.okta.com/exk")
    text = json.dumps(data)
    assert "PRIVATE KEY" not in text
    assert "a-token-of-the-product" not in text


def test_an_app_can_be_renamed_and_removed(client: FlaskClient, org: Org, catalog: App, ada: Person) -> None:
    catalog.people[ada.id] = Assignment(ada.id)
    client.post(f"{catalog.path}/general", data={"label": "Acme Product"})
    assert "Acme Product" in client.get("/admin/apps").get_data(as_text=True)
    client.post(f"{catalog.path}/remove")
    assert org.apps() == []


def test_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("STANDIN_CLIENT_ID", "from-the-environment")
    config = read(["--port", "7001", "--portal-url", "https://portal.example/", "--state", "/x", "--product", "Productive"])
    assert config.base_url == "http://okta.localhost:7001"
    assert config.portal("api", "/scim/v2") == "https://api.portal.example/scim/v2"
    assert (config.client_id, config.state_dir, config.product) == ("from-the-environment", Path("/x"), "Productive")
    with pytest.raises(SystemExit):
        read(["--portal-url", "portal.localhost"])
    assert "give scheme, host and port only" in capsys.readouterr().err
