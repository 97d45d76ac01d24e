"""Pushed groups: the requests and their order, in all dialects."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from standin.apps import CORE11, App, AppGroup, Assignment
from standin.attributes import app_profile
from standin.org import Org
from standin.people import Group, Person
from tests.standin.conftest import Edge, assign, found

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LOOK_UP = "GET /scim/v2/Groups?filter=displayName%20eq%20%22Engineering%22&startIndex=1&count=100"
TOUCH = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"id": "g1", "displayName": "Engineering"}}]}


@pytest.fixture
def engineering(org: Org) -> Group:
    """Ada, Grace and Alan; only Ada and Grace are in the app."""
    return next(group for group in org.groups() if group.name == "Engineering")


def staff(org: Org, app: App, *people: Person) -> None:
    """Makes people app users, as if they had been provisioned."""
    for number, person in enumerate(people, 1):
        assignment = app.people[person.id] = Assignment(person.id, scim_id=f"u{number}", status="provisioned")
        assignment.sent = app_profile(app, assignment, person, org.state.people)


def shown(*people: Person) -> list[dict[str, str]]:
    """Members as they go over the wire."""
    return [{"value": f"u{number}", "display": person.login} for number, person in enumerate(people, 1)]


def answers(edge: Edge, path: str = "/scim/v2/Groups/g1") -> None:
    """The app takes whatever is sent to its group."""
    edge.say("GET", path, 200, {"id": "g1", "displayName": "Theirs", "members": [{"value": "x9"}]})
    for method in ("PUT", "PATCH", "DELETE"):
        edge.say(method, path, 204)


def push(client: FlaskClient, app: App, group: Group, **form: str) -> Any:
    return client.post(f"{app.path}/push-groups/add", data={"group": group.id, **form})


def pushed(client: FlaskClient, app: App, edge: Edge, group: Group) -> None:
    """Pushes a group and forgets how."""
    edge.say("GET", "/scim/v2/Groups", 200, found())
    edge.say("POST", "/scim/v2/Groups", 201, {"id": "g1", "displayName": group.name})
    answers(edge)
    push(client, app, group)
    assert app.pushes[group.id].status == "active"
    edge.calls.clear()


def test_a_new_group_is_looked_up_created_named_and_filled(
    client: FlaskClient, catalog: App, edge: Edge, engineering: Group, org: Org, ada: Person, grace: Person
) -> None:
    staff(org, catalog, ada, grace)
    engineering.description = ""
    edge.say("GET", "/scim/v2/Groups", 200, found())
    edge.say("POST", "/scim/v2/Groups", 201, {"id": "g1"})
    answers(edge)
    push(client, catalog, engineering)
    assert edge.sent() == [LOOK_UP, "POST /scim/v2/Groups", "PATCH /scim/v2/Groups/g1", "PATCH /scim/v2/Groups/g1"]
    assert edge.calls[1].json == {"schemas": [GROUP], "displayName": "Engineering", "members": []}
    assert edge.calls[2].json == TOUCH
    replaced = {"op": "replace", "path": "members", "value": shown(ada, grace)}
    assert edge.calls[3].json == {"schemas": [PATCH], "Operations": [replaced]}


def test_a_custom_app_reads_and_puts_the_whole_group(
    client: FlaskClient, add_app, edge: Edge, engineering: Group, org: Org, ada: Person
) -> None:
    app = add_app("custom")
    staff(org, app, ada)
    edge.say("GET", "/scim/v2/Groups", 200, found())
    edge.say("POST", "/scim/v2/Groups", 201, {"id": "g1"})
    answers(edge)
    push(client, app, engineering)
    assert edge.sent() == [LOOK_UP, "POST /scim/v2/Groups", "GET /scim/v2/Groups/g1", "PUT /scim/v2/Groups/g1"]
    assert edge.calls[3].json == {"schemas": [GROUP], "id": "g1", "displayName": "Engineering", "members": shown(ada)}


def test_version_1_1_creates_without_members_and_clears_before_it_sets(
    client: FlaskClient, add_app, edge: Edge, engineering: Group, org: Org, ada: Person
) -> None:
    app = add_app("test11")
    staff(org, app, ada)
    edge.say("GET", "/scim/v2/Groups", 200, {"schemas": [CORE11], "totalResults": 0, "Resources": []})
    edge.say("POST", "/scim/v2/Groups", 201, {"id": "g1"})
    answers(edge)
    push(client, app, engineering)
    description = {"urn:okta:custom:group:1.0": {"description": engineering.description}}
    assert [call.json for call in edge.calls[1:]] == [
        {"schemas": [CORE11, "urn:okta:custom:group:1.0"], "displayName": "Engineering", **description},
        {"schemas": [CORE11], "id": "g1", "displayName": "Engineering"},
        {"schemas": [CORE11], "meta": {"attributes": ["members"]}, "members": shown(ada)},
    ]


def test_a_group_that_the_app_has_by_name_is_taken(client: FlaskClient, catalog: App, edge: Edge, engineering: Group) -> None:
    edge.say("GET", "/scim/v2/Groups", 200, found({"id": "g1", "displayName": "engineering"}))
    answers(edge)
    push(client, catalog, engineering)
    assert "POST /scim/v2/Groups" not in edge.sent()
    assert edge.calls[-1].json["Operations"] == [{"op": "replace", "path": "members", "value": []}], "an empty group is pushed empty"


@pytest.mark.parametrize(
    ("kind", "bodies"),
    [
        (
            "test20",
            [
                TOUCH,
                {
                    "schemas": [PATCH],
                    "Operations": [
                        {"op": "remove", "path": 'members[value eq "u1"]'},
                        {"op": "add", "path": "members", "value": [{"value": "u3", "display": "annie.easley@acme.example"}]},
                    ],
                },
            ],
        ),
        (
            "test11",
            [
                {"schemas": [CORE11], "id": "g1", "displayName": "Engineering"},
                {
                    "schemas": [CORE11],
                    "members": [
                        {"value": "u3", "display": "annie.easley@acme.example"},
                        {"value": "u1", "operation": "delete"},
                    ],
                },
            ],
        ),
        (
            "custom",
            [
                {
                    "schemas": [GROUP],
                    "id": "g1",
                    "displayName": "Engineering",
                    "members": [
                        {"value": "u2", "display": "grace.hopper@acme.example"},
                        {"value": "u3", "display": "annie.easley@acme.example"},
                    ],
                }
            ],
        ),
    ],
)
def test_who_joined_and_who_left_is_sent(
    client: FlaskClient, add_app, edge: Edge, org: Org, engineering: Group, kind: str, bodies: list[Any]
) -> None:
    app = add_app(kind)
    ada, grace, annie = (next(item for item in org.people() if item.first_name == name) for name in ("Ada", "Grace", "Annie"))
    staff(org, app, ada, grace, annie)
    pushed(client, app, edge, engineering)
    client.post(f"/admin/groups/{engineering.id}", data={"name": "Engineering", "members": [grace.id, annie.id]})
    assert [call.json for call in edge.calls if call.method != "GET"] == bodies
    edge.calls.clear()
    client.post(f"/admin/groups/{engineering.id}", data={"name": "Engineering", "members": [grace.id, annie.id]})
    assert edge.calls == []


@pytest.mark.parametrize(("kind", "sizes"), [("test20", [100, 100, 50]), ("test11", [100, 100, 50]), ("custom", [250])])
def test_members_go_by_the_hundred(
    client: FlaskClient, add_app, edge: Edge, org: Org, engineering: Group, kind: str, sizes: list[int]
) -> None:
    app = add_app(kind)
    people = [Person(f"p{n}", "P", str(n), f"p{n}@acme.example", f"p{n}@acme.example") for n in range(250)]
    org.state.people.update({person.id: person for person in people})
    engineering.members = [person.id for person in people]
    staff(org, app, *people)
    edge.say("GET", "/scim/v2/Groups", 200, found({"id": "g1"}))
    answers(edge)
    push(client, app, engineering)
    bodies = [call.json for call in edge.calls if call.method in ("PATCH", "PUT")]
    lists = [body["members"] if "members" in body else body.get("Operations", [{}])[0].get("value") for body in bodies]
    members = [item for item in lists if isinstance(item, list)]
    assert [len(item) for item in members] == sizes
    assert len({member["value"] for item in members for member in item}) == 250
    if kind == "test20":
        assert [body["Operations"][0]["op"] for body in bodies[1:]] == ["replace", "add", "add"]


def test_a_member_provisioned_later_joins_the_pushed_group(
    client: FlaskClient, catalog: App, edge: Edge, engineering: Group, ada: Person
) -> None:
    pushed(client, catalog, edge, engineering)
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("POST", "/scim/v2/Users", 201, {"id": "u1"})
    assign(client, catalog, ada)
    assert [call.method for call in edge.calls] == ["GET", "POST", "PATCH", "PATCH"], "the person before the group"
    assert edge.calls[3].json["Operations"] == [{"op": "add", "path": "members", "value": shown(ada)}]


@pytest.mark.parametrize("rename", [True, False])
@pytest.mark.parametrize("kind", ["test20", "custom"])
def test_linking_keeps_who_is_there_until_push_now(
    client: FlaskClient, add_app, edge: Edge, engineering: Group, org: Org, ada: Person, kind: str, rename: bool
) -> None:
    name = "Engineering" if rename else "Theirs"
    app = add_app(kind)
    staff(org, app, ada)
    edge.say("GET", "/scim/v2/Groups", 200, found({"id": "g1", "displayName": "Theirs", "members": [{"value": "x9"}]}))
    client.post(f"{app.path}/push-groups/refresh")
    assert app.app_groups == [AppGroup("g1", "Theirs", 1)]
    edge.calls.clear()
    answers(edge)
    push(client, app, engineering, target="g1", immediately="1", **({"rename": "1"} if rename else {}))
    writes = [call.json for call in edge.calls if call.method != "GET"]
    if kind == "custom":
        assert writes == [{"schemas": [GROUP], "id": "g1", "displayName": name, "members": [{"value": "x9"}, *shown(ada)]}]
    else:
        added = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": shown(ada)}]}
        assert writes == ([TOUCH] if rename else []) + [added]
    edge.calls.clear()
    client.post(f"{app.path}/push-groups/{engineering.id}/now")
    last = edge.calls[-1].json
    assert (last["members"] if kind == "custom" else last["Operations"][0]["value"]) == shown(ada)
    assert ("Engineering" in str([call.json for call in edge.calls if call.body])) == rename


@pytest.mark.parametrize("kind", ["test20", "custom"])
def test_a_new_name_is_sent_unless_linked_without_rename(client: FlaskClient, add_app, edge: Edge, engineering: Group, kind: str) -> None:
    app = add_app(kind)
    pushed(client, app, edge, engineering)
    form = {"name": "Builders", "members": engineering.members}
    client.post(f"/admin/groups/{engineering.id}", data=form)
    body = edge.calls[-1].json
    if kind == "custom":
        assert body == {"schemas": [GROUP], "id": "g1", "displayName": "Builders", "members": []}
    else:
        assert body["Operations"] == [{"op": "replace", "value": {"id": "g1", "displayName": "Builders"}}]
    edge.calls.clear()
    app.pushes[engineering.id].rename = False
    client.post(f"/admin/groups/{engineering.id}", data={**form, "name": "Makers"})
    assert edge.calls == []


def test_a_push_that_is_off_sends_nothing_and_activating_sends_everybody(
    client: FlaskClient, catalog: App, edge: Edge, engineering: Group, org: Org, ada: Person, grace: Person
) -> None:
    staff(org, catalog, ada, grace)
    pushed(client, catalog, edge, engineering)
    client.post(f"{catalog.path}/push-groups/{engineering.id}/deactivate")
    client.post(f"/admin/groups/{engineering.id}", data={"name": "Engineering", "members": [ada.id]})
    assert edge.calls == []
    client.post(f"{catalog.path}/push-groups/{engineering.id}/activate")
    assert edge.calls[-1].json["Operations"] == [{"op": "replace", "path": "members", "value": shown(ada)}]


def test_unlinking_deletes_or_leaves(client: FlaskClient, catalog: App, edge: Edge, engineering: Group) -> None:
    pushed(client, catalog, edge, engineering)
    client.post(f"{catalog.path}/push-groups/{engineering.id}/unlink-leave")
    assert (edge.calls, catalog.pushes) == ([], {})
    pushed(client, catalog, edge, engineering)
    client.post(f"{catalog.path}/push-groups/{engineering.id}/unlink-delete")
    (call,) = edge.calls
    assert (str(call), call.body) == ("DELETE /scim/v2/Groups/g1", b"")
    assert dict(call.headers)["Content-Type"] == "application/scim+json; charset=utf-8"
    assert catalog.pushes == {}


def test_a_refused_push_is_an_error_to_push_again(client: FlaskClient, catalog: App, edge: Edge, engineering: Group, org: Org) -> None:
    pushed(client, catalog, edge, engineering)
    edge.clear()
    client.post(f"{catalog.path}/push-groups/{engineering.id}/now")
    assert org.state.tasks[0].text == (
        "Group push of Engineering to app Productboard failed: Not Found. Errors reported by remote server: Not here"
    )
    assert catalog.pushes[engineering.id].status == "error"
    answers(edge)
    client.post(f"/admin/tasks/{org.state.tasks[0].number}", data={"do": "retry"})
    assert (org.state.tasks, catalog.pushes[engineering.id].status) == ([], "active")


def test_somebody_suspended_is_not_pushed(
    client: FlaskClient, catalog: App, edge: Edge, engineering: Group, org: Org, ada: Person, grace: Person
) -> None:
    staff(org, catalog, ada, grace)
    grace.status = "suspended"
    edge.say("GET", "/scim/v2/Groups", 200, found({"id": "g1"}))
    answers(edge)
    push(client, catalog, engineering)
    assert edge.calls[-1].json["Operations"][0]["value"] == shown(ada)
