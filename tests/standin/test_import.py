"""Import Now: pages of a hundred, active users only, matches, and the safeguard."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from standin.apps import App, Assignment
from standin.attributes import app_profile
from standin.org import Org
from standin.people import Person
from tests.standin.conftest import Edge, found


def user(number: int, **changes: Any) -> dict[str, Any]:
    email = f"p{number}@acme.example"
    name = {"givenName": "P", "familyName": str(number)}
    return {"id": f"u{number}", "userName": email, "name": name, "emails": [{"value": email}], "active": True, **changes}


def run(client: FlaskClient, app: App) -> str:
    return client.post(f"{app.path}/import", follow_redirects=True).get_data(as_text=True)


def test_it_reads_pages_of_a_hundred_and_keeps_the_active(client: FlaskClient, catalog: App, edge: Edge) -> None:
    people = [user(number, active=number % 10 != 0) for number in range(1, 251)]
    for at in (0, 100, 200):
        edge.say("GET", "/scim/v2/Users", 200, found(*people[at : at + 100], total=250))
    run(client, catalog)
    assert edge.sent() == [f"GET /scim/v2/Users?startIndex={at}&count=100" for at in (1, 101, 201)]
    result = catalog.import_run
    assert result
    assert (result.scanned, result.inactive, len(result.users), result.groups) == (250, 25, 225, None)


def test_groups_come_along_when_they_are_imported(client: FlaskClient, catalog: App, edge: Edge) -> None:
    catalog.integration.import_groups = True
    edge.say("GET", "/scim/v2/Users", 200, found())
    edge.say("GET", "/scim/v2/Groups", 200, found({"id": "g1", "displayName": "Red"}, {"id": "g2", "displayName": "Blue"}))
    assert "Groups scanned" in run(client, catalog)
    assert edge.sent()[-1] == "GET /scim/v2/Groups?startIndex=1&count=100"
    assert [group.name for group in catalog.app_groups] == ["Red", "Blue"]


def test_a_match_is_confirmed_and_becomes_an_app_user(client: FlaskClient, catalog: App, edge: Edge, ada: Person) -> None:
    theirs = user(1, userName="ADA.LOVELACE@acme.example")
    edge.say("GET", "/scim/v2/Users", 200, found(theirs, user(2)))
    text = run(client, catalog)
    assert "Ada Lovelace, exact match" in text
    assert "New person" in text
    edge.say("GET", "/scim/v2/Users/u1", 200, theirs)
    edge.say("PUT", "/scim/v2/Users/u1", 200, theirs)
    edge.calls.clear()
    client.post(f"{catalog.path}/import/confirm", data={"user": "u1"})
    assert (catalog.people[ada.id].scim_id, catalog.people[ada.id].status) == ("u1", "provisioned")
    assert edge.sent() == ["GET /scim/v2/Users/u1", "PUT /scim/v2/Users/u1"], "Okta is the source from now on"
    assert catalog.import_run
    assert [item.scim_id for item in catalog.import_run.users] == ["u2"]


def test_somebody_unknown_is_made_a_person(client: FlaskClient, catalog: App, edge: Edge, org: Org) -> None:
    catalog.to_app.update = False
    edge.say("GET", "/scim/v2/Users", 200, found(user(7, userName="seven")))
    run(client, catalog)
    client.post(f"{catalog.path}/import/confirm")
    person = next(item for item in org.people() if item.email == "p7@acme.example")
    assert (person.name, catalog.people[person.id].scim_id, catalog.people[person.id].username) == ("P 7", "u7", "seven")


def test_who_vanished_from_the_app_is_removed_unless_they_are_too_many(client: FlaskClient, catalog: App, edge: Edge, org: Org) -> None:
    people = org.people()[:6]
    for number, person in enumerate(people):
        item = catalog.people[person.id] = Assignment(person.id, scim_id=f"u{number}")
        item.sent = app_profile(catalog, item, person, org.state.people)
    edge.say("GET", "/scim/v2/Users", 200, found(*(user(number) for number in range(4))))
    assert "2 of 6 app users are missing" in run(client, catalog)
    assert len(catalog.people) == 6
    edge.clear()
    edge.say("GET", "/scim/v2/Users", 200, found(*(user(number) for number in range(5))))
    assert people[5].name in run(client, catalog)
    assert people[5].id not in catalog.people


@pytest.mark.parametrize("broken", [{"id": None}, "text"])
def test_a_user_that_cannot_be_read_is_counted(client: FlaskClient, catalog: App, edge: Edge, broken: Any) -> None:
    edge.say("GET", "/scim/v2/Users", 200, found(broken))
    run(client, catalog)
    assert catalog.import_run
    assert (catalog.import_run.incomplete, catalog.import_run.users) == (1, [])


def test_a_failed_import_says_why_and_keeps_the_last_one(client: FlaskClient, catalog: App, edge: Edge) -> None:
    edge.say("GET", "/scim/v2/Users", 403, {"detail": "SCIM is off."})
    assert "The import stopped: Forbidden. Errors reported by remote server: SCIM is off." in run(client, catalog)
    assert catalog.import_run is None


def test_with_provisioning_off_nothing_is_sent(client: FlaskClient, catalog: App, edge: Edge) -> None:
    catalog.integration.enabled = False
    assert "Provisioning is off for this app" in run(client, catalog)
    assert edge.calls == []
