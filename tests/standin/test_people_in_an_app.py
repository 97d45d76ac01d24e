"""Create, link, update, deactivate, reactivate: the requests and their order, in all dialects."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from standin.apps import CORE11, CORE20, App, RoleAttribute, ToApp
from standin.org import Org
from standin.people import Person
from tests.standin.conftest import Edge, assign, found

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LOOK_UP = "GET /scim/v2/Users?filter=userName%20eq%20%22ada.lovelace%40acme.example%22&startIndex=1&count=100"


def ada_at_the_app(**changes: Any) -> dict[str, Any]:
    """The app's own answer about Ada."""
    return {
        "schemas": [CORE20],
        "id": "u1",
        "userName": "ada.lovelace@acme.example",
        "name": {"givenName": "Ada", "familyName": "King", "formatted": "Ada King"},
        "emails": [{"value": "old@acme.example", "primary": True, "type": "work"}, {"value": "home@x.example", "type": "home"}],
        "active": True,
        "groups": [{"value": "g9"}],
        "nickName": "Countess",
        "meta": {"resourceType": "User", "version": 'W/"3"'},
        **changes,
    }


def exists(edge: Edge, user: dict[str, Any]) -> None:
    """The app has this user."""
    edge.say("GET", "/scim/v2/Users", 200, found(user))
    edge.say("GET", "/scim/v2/Users/u1", 200, user)
    edge.say("PUT", "/scim/v2/Users/u1", 200, user)
    edge.say("PATCH", "/scim/v2/Users/u1", 200, user)


def create(client: FlaskClient, app: App, edge: Edge, person: Person, role: str = "") -> dict[str, Any]:
    """Assigns a person whom the app does not know; the body of the POST. The recorder is empty afterwards."""
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    assign(client, app, person, role)
    body: dict[str, Any] = edge.calls[-1].json
    edge.clear()
    return body


@pytest.mark.parametrize("kind", ["catalog-token", "custom", "test20"])
def test_assigning_looks_up_and_creates(client: FlaskClient, add_app, edge: Edge, ada: Person, org: Org, kind: str) -> None:
    app = add_app(kind)
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    assign(client, app, ada)
    assert edge.sent() == [LOOK_UP, "POST /scim/v2/Users"]
    body = edge.calls[1].json
    assert re.fullmatch("[a-z0-9]{8}", body.pop("password"))
    owner = org.state.people[ada.manager]
    assert body == {
        "schemas": [CORE20, ENTERPRISE],
        "userName": "ada.lovelace@acme.example",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"primary": True, "value": "ada.lovelace@acme.example", "type": "work"}],
        "title": "Staff engineer",
        "userType": "employee",
        "displayName": "Ada Lovelace",
        "locale": "en-US",
        "externalId": ada.id,
        "groups": [],
        "active": True,
        ENTERPRISE: {
            "organization": "Acme",
            "department": "Engineering",
            "manager": {"value": owner.login, "displayName": owner.name},
        },
    }
    assert app.people[ada.id].scim_id == "u1"


def test_version_1_1_creates_in_its_own_schema(client: FlaskClient, add_app, edge: Edge, ada: Person) -> None:
    app = add_app("test11")
    app.role = RoleAttribute("roles.^[primary==true].value", CORE11)
    body = create(client, app, edge, ada, "traveler")
    assert body["schemas"] == [CORE11, "urn:scim:schemas:extension:enterprise:1.0"]
    assert body["locale"] == "en_US"
    assert body["urn:scim:schemas:extension:enterprise:1.0"]["department"] == "Engineering"
    assert body["roles"] == [{"primary": True, "value": "traveler"}]


def test_an_active_match_is_linked_by_a_merged_put(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    exists(edge, ada_at_the_app())
    assign(client, catalog, ada, "maker")
    assert edge.sent() == [LOOK_UP, "GET /scim/v2/Users/u1", "PUT /scim/v2/Users/u1"]
    body = edge.calls[2].json
    assert body["name"] == {"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada King"}, "derived values are echoed"
    assert [item["value"] for item in body["emails"]] == ["ada.lovelace@acme.example", "home@x.example"]
    assert (body["id"], body["nickName"], body["groups"]) == ("u1", "Countess", [{"value": "g9"}])
    assert body["meta"] == {"resourceType": "User", "version": 'W/"3"'}
    assert body["externalId"] == ada.id
    assert body["roles"] == [{"primary": True, "value": "maker"}]
    assert body["active"] is True
    assert "password" not in body


def test_an_inactive_match_is_reactivated_by_patch(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    exists(edge, ada_at_the_app(active=False))
    assign(client, catalog, ada)
    assert edge.sent()[:2] == [LOOK_UP, "PATCH /scim/v2/Users/u1"]
    assert edge.calls[1].body == (
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":true}}]}'
    )
    assert edge.sent()[2:] == ["GET /scim/v2/Users/u1", "PUT /scim/v2/Users/u1"]


def test_a_custom_app_reactivates_by_put(client: FlaskClient, add_app, edge: Edge, ada: Person) -> None:
    app = add_app("custom")
    exists(edge, ada_at_the_app(active=False))
    assign(client, app, ada)
    assert edge.sent() == [LOOK_UP, "GET /scim/v2/Users/u1", "PUT /scim/v2/Users/u1"]
    assert edge.calls[2].json["active"] is True


def test_an_update_puts_the_servers_answer_with_what_changed(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    create(client, catalog, edge, ada)
    exists(edge, ada_at_the_app(title="Staff engineer", active=True))
    form = {**vars(ada), "title": "", "last_name": "Byron"}
    client.post(f"/admin/people/{ada.id}", data=form)
    assert edge.sent() == ["GET /scim/v2/Users/u1", "PUT /scim/v2/Users/u1"]
    body = edge.calls[1].json
    assert body["name"]["familyName"] == "Byron"
    assert body["title"] == "", "what was sent and is unset now is emptied"
    edge.calls.clear()
    client.post(f"/admin/people/{ada.id}", data=form)
    assert edge.calls == [], "nothing changed, nothing is sent"


@pytest.mark.parametrize(
    ("kind", "sent", "body"),
    [
        ("test20", ["PATCH /scim/v2/Users/u1"], {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}),
        ("test11", ["PATCH /scim/v2/Users/u1"], {"schemas": [CORE11], "id": "u1", "active": False}),
        ("custom", ["GET /scim/v2/Users/u1", "PUT /scim/v2/Users/u1"], ada_at_the_app(active=False)),
    ],
)  # fmt: skip
def test_unassigning_deactivates_and_never_deletes(
    client: FlaskClient, add_app, edge: Edge, ada: Person, kind: str, sent: list[str], body: dict[str, Any]
) -> None:
    app = add_app(kind)
    create(client, app, edge, ada)
    exists(edge, ada_at_the_app())
    client.post(f"{app.path}/assignments/{ada.id}/unassign")
    assert edge.sent() == sent
    assert edge.calls[-1].json == body
    assert ada.id not in app.people


def test_deactivating_in_okta_deactivates_and_suspending_says_nothing(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    create(client, catalog, edge, ada)
    exists(edge, ada_at_the_app())
    client.post(f"/admin/people/{ada.id}/suspend")
    client.post(f"/admin/people/{ada.id}/unsuspend")
    assert edge.calls == []
    client.post(f"/admin/people/{ada.id}/deactivate")
    assert edge.sent() == ["PATCH /scim/v2/Users/u1"]
    edge.calls.clear()
    client.post(f"/admin/people/{ada.id}/activate")
    assert edge.calls == [], "somebody assigned by name has to be assigned again"


def test_what_is_switched_off_is_not_sent(client: FlaskClient, catalog: App, edge: Edge, ada: Person, org: Org) -> None:
    catalog.to_app = ToApp(create=False, update=False, deactivate=False)
    edge.say("GET", "/scim/v2/Users", 200, found())
    assign(client, catalog, ada)
    assert edge.sent() == [LOOK_UP]
    assert "Matching user not found" in org.state.tasks[0].text
    catalog.people[ada.id].scim_id = "u1"
    edge.calls.clear()
    client.post(f"/admin/people/{ada.id}", data={**vars(ada), "title": "Countess"})
    client.post(f"{catalog.path}/assignments/{ada.id}/unassign")
    assert edge.calls == []


def test_who_was_assigned_before_provisioning_waits_for_provision_user(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    catalog.integration.enabled = False
    assign(client, catalog, ada)
    assert edge.calls == []
    catalog.integration.enabled = True
    assert "Assigned before provisioning was on" in client.get(f"{catalog.path}/assignments").get_data(as_text=True)
    client.post(f"{catalog.path}/assignments/force-sync")
    assert edge.calls == [], "Force Sync creates nobody"
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    client.post(f"{catalog.path}/assignments/{ada.id}/provision")
    assert edge.sent() == [LOOK_UP, "POST /scim/v2/Users"]


def test_a_refusal_becomes_a_task_in_the_servers_words_and_can_be_retried(
    client: FlaskClient, catalog: App, edge: Edge, ada: Person, org: Org
) -> None:
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 403, {"detail": "All 5 of 5 seats are in use."})
    page = assign(client, catalog, ada)
    assert page.status_code == 303
    (task,) = org.state.tasks
    assert task.text == (
        "Automatic provisioning of user Ada Lovelace to app Productboard failed: Error while creating user"
        " ada.lovelace@acme.example: Forbidden. Errors reported by remote server: All 5 of 5 seats are in use."
    )
    assert "All 5 of 5 seats" in client.get("/admin/tasks").get_data(as_text=True)
    edge.clear()
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    client.post(f"/admin/tasks/{task.number}", data={"do": "retry"})
    assert org.state.tasks == []
    assert catalog.people[ada.id].status == "provisioned"


@pytest.mark.parametrize("body", [None, {}, {"userName": "x"}])
def test_a_create_that_answers_without_an_id_fails(
    client: FlaskClient, catalog: App, edge: Edge, ada: Person, org: Org, body: object
) -> None:
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 201, body)
    assign(client, catalog, ada)
    assert "Create new user returned empty user" in org.state.tasks[0].text


def test_somebody_who_could_not_be_deactivated_stays_until_it_works(
    client: FlaskClient, catalog: App, edge: Edge, ada: Person, org: Org
) -> None:
    create(client, catalog, edge, ada)
    edge.say("PATCH", "/scim/v2/Users/u1", 500, {"detail": "Down."})
    client.post(f"{catalog.path}/assignments/{ada.id}/unassign")
    assert catalog.people[ada.id].leaving
    edge.clear()
    edge.say("PATCH", "/scim/v2/Users/u1", 204)
    client.post(f"/admin/tasks/{org.state.tasks[0].number}", data={"do": "retry"})
    assert ada.id not in catalog.people
    assert org.state.tasks == []


def test_a_group_assignment_brings_its_members_and_its_role(client: FlaskClient, catalog: App, edge: Edge, ada: Person, org: Org) -> None:
    edge.say("GET", "/scim/v2/Users", 200, found())
    for number in range(1, 4):
        edge.say("POST", "/scim/v2/Users", 201, {"id": f"u{number}"})
    group = next(group for group in org.groups() if group.name == "Engineering")
    client.post(f"{catalog.path}/assignments/groups", data={"group": group.id, "role": "viewer"})
    posted = [call.json for call in edge.calls if call.method == "POST"]
    assert [body["name"]["givenName"] for body in posted] == ["Ada", "Alan", "Grace"]
    assert {body["roles"][0]["value"] for body in posted} == {"viewer"}
    edge.clear()
    exists(edge, ada_at_the_app())
    members = [member for member in group.members if member != ada.id]
    client.post(f"/admin/groups/{group.id}", data={"name": group.name, "members": members})
    assert edge.sent() == ["PATCH /scim/v2/Users/u1"], "removed from the group: deactivated"


def test_an_app_profile_of_ones_own_wins(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    create(client, catalog, edge, ada)
    exists(edge, ada_at_the_app())
    form = {"userName": "countess", "role": "admin", "title": "Enchantress of numbers", "givenName": "Ada"}
    client.post(f"{catalog.path}/assignments/{ada.id}", data=form)
    body = edge.calls[-1].json
    assert body["userName"] == "countess"
    assert body["title"] == "Enchantress of numbers"
    assert body["roles"] == [{"primary": True, "value": "admin"}]
    assert catalog.people[ada.id].overrides == {"title": "Enchantress of numbers"}, "only what differs is kept"


def test_a_404_to_the_look_up_counts_as_nobody(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    edge.say("GET", "/scim/v2/Users", 404, {"detail": "No such user."})
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    assign(client, catalog, ada)
    assert catalog.people[ada.id].scim_id == "u1"
