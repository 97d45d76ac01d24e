"""The text that each member's row keeps is what would be made of the row now, whoever wrote it; and what serving it asks the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from portal.domain import by_hand, directory, members, roles
from portal.domain import groups as teams
from portal.extensions import db
from portal.models import Member
from portal.scim import documents
from portal.scim.call import Call
from portal.scim.dialects import V2
from tests import factories
from tests.scim.okta import Okta
from tests.scim.population import add_members
from tests.scim.statements import counted
from tests.scim.words import USER
from tests.support import site

ADA = {
    "userName": "Ada.L@acme.example",
    "externalId": "00u1",
    "name": {"givenName": "Ada", "familyName": "Löve\\lace", "formatted": 'Ada "L"'},
    "addresses": [{"formatted": "1 St James's Square\n\tLondon", "type": "work"}],
    "emails": [{"value": "ada.l@acme.example", "type": "work", "primary": True}],
    "locale": "en-US",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R&D", "manager": {"value": "7", "displayName": "Grace"}},
    "urn:okta:acme:1.0": {"deskCode": "3\u2028B"},
}


def made_anew(okta: Okta, member_id: str, base: str) -> dict[str, Any]:
    """The User that `documents` makes of the row as it is now."""
    with factories.inside(okta.app, "acme") as ctx:
        call = Call(ctx, None, V2, okta.app.extensions["scim-resources"], base)  # type: ignore[arg-type]
        member = members.get(ctx, member_id)
        its = sorted(teams.of_member(ctx, member), key=lambda group: group.seq)
        return documents.user(call, member, [documents.group_reference(call.base, group.id, group.display_name) for group in its])


def is_kept(okta: Okta, member_id: str) -> bool:
    with okta.app.app_context():
        query = select(Member.wire.is_not(None), Member.wire_at == Member.modified_at).where(Member.id == member_id)
        return tuple(db.session.execute(query).one()) == (True, True)


def agree(okta: Okta, member_id: str, *, kept: bool = True) -> dict[str, Any]:
    """Asserts that read, list, look-up and the shared host serve what would be made now; returns the User."""
    assert is_kept(okta, member_id) is kept
    base = okta.app.config["SETTINGS"].url("acme", "/scim/v2")
    wanted = made_anew(okta, member_id, base)
    status, served = okta("GET", f"/Users/{member_id}")
    assert (status, served) == (200, wanted)
    assert okta.last.headers["ETag"] == wanted["meta"]["version"]
    name = wanted["userName"].replace('"', '\\"')
    assert okta("GET", f'/Users?filter=userName eq "{name}"')[1]["Resources"] == [wanted]
    assert wanted in okta("GET", "/Users?startIndex=1&count=1000")[1]["Resources"]
    shared = okta.app.config["SETTINGS"].url("api", "/scim/v2")
    okta.http, own = site.client(okta.app, "api"), okta.http
    assert okta("GET", f"/Users/{member_id}") == (200, made_anew(okta, member_id, shared))
    okta.http = own
    return served


def test_the_text_is_what_would_be_made_after_each_kind_of_write(okta, cast):
    ada = okta.make(**{"user_name": ADA["userName"], **{name: value for name, value in ADA.items() if name != "userName"}})["id"]
    assert agree(okta, ada)["groups"] == []
    okta("PUT", f"/Users/{ada}", {"schemas": [USER], **ADA, "title": "Countess", "active": True})
    assert agree(okta, ada)["title"] == "Countess"
    okta.patch(f"/Users/{ada}", {"op": "replace", "value": {"active": False}})
    assert agree(okta, ada)["active"] is False
    okta.patch(f"/Users/{ada}", {"op": "replace", "path": "name.familyName", "value": "King"}, {"op": "remove", "path": "locale"})
    assert "locale" not in agree(okta, ada)
    second = okta("POST", "/Groups", {"displayName": 'The "second"', "members": [{"value": ada}]})[1]["id"]
    first = okta("POST", "/Groups", {"displayName": "A first", "members": []})[1]["id"]
    okta.patch(f"/Groups/{first}", {"op": "add", "path": "members", "value": [{"value": ada}, {"value": cast.alan.id}]})
    assert [group["display"] for group in agree(okta, ada)["groups"]] == ['The "second"', "A first"]
    okta.patch(f"/Groups/{first}", {"op": "replace", "value": {"id": first, "displayName": "Renamed"}})
    assert [group["display"] for group in agree(okta, ada)["groups"]] == ['The "second"', "Renamed"]
    okta("DELETE", f"/Groups/{second}")
    okta.patch(f"/Groups/{first}", {"op": "remove", "path": f'members[value eq "{ada}"]'})
    assert agree(okta, ada)["groups"] == []


def test_the_text_follows_what_people_do_by_hand(okta, cast):
    agree(okta, cast.mary.id)
    for changes in ({"role": cast.alan.role}, {"given_name": "M", "email": "m@acme.example"}, {"active": False}, {"active": True}):
        with factories.inside(okta.app, "acme") as ctx:
            members.update_member(ctx, members.get(ctx, cast.mary.id), changes)
        agree(okta, cast.mary.id)
    with factories.inside(okta.app, "acme") as ctx:
        by_hand.set_owner(ctx, members.get(ctx, cast.grace.id), True)
    agree(okta, cast.grace.id)
    with factories.inside(okta.app, "acme") as ctx:
        members.remove(ctx, members.get(ctx, cast.mary.id))
    assert okta("GET", f"/Users/{cast.mary.id}")[0] == 404


def test_a_custom_role_is_shown_under_its_present_name(okta_of):
    okta = okta_of("productiv")
    with factories.inside(okta.app, "acme") as ctx:
        base = ctx.profile.roles[0].key
        role = roles.create_custom(ctx, name="Analyst", base_role=base, restricted_apps=[]).id
    by_id, by_name = (
        okta.make(address, permissionsRole=value, emails=[{"value": address}], name={"givenName": "A", "familyName": "B"})
        for address, value in (("id@acme.example", role), ("name@acme.example", "analyst"))
    )
    assert agree(okta, by_id["id"])["permissionsRole"] == role
    assert agree(okta, by_name["id"], kept=False)["permissionsRole"] == "analyst"
    with factories.inside(okta.app, "acme") as ctx:
        roles.update_custom(ctx, roles.get_custom(ctx, role), name="Examiner", base_role=base, restricted_apps=[])
    assert agree(okta, by_name["id"], kept=False)["permissionsRole"] == role
    with factories.inside(okta.app, "acme") as ctx:
        roles.update_custom(ctx, roles.get_custom(ctx, role), name="Examiner", base_role=ctx.profile.roles[1].key, restricted_apps=[])
    agree(okta, by_id["id"])


def test_a_row_without_a_good_text_is_served_right_and_given_one(okta, cast):
    base = okta.app.config["SETTINGS"].url("acme", "/scim/v2")
    later = datetime.now(UTC) + timedelta(hours=1)
    for values in ({"wire": None}, {"wire": "another profile's\n{\n{"}, {"wire_at": None}, {"title": "Sir", "modified_at": later}):
        with okta.app.app_context():
            db.session.execute(update(Member).where(Member.id == cast.alan.id).values(values))
            db.session.commit()
        assert okta("GET", f"/Users/{cast.alan.id}") == (200, made_anew(okta, cast.alan.id, base))
        agree(okta, cast.alan.id)


def test_what_an_object_under_the_core_schema_repeats_is_made_each_time(okta):
    given = {USER: {"userName": "nested@acme.example", "title": "Inside", "groups": []}, "userName": "nested@acme.example"}
    user = okta("POST", "/Users", given)[1]
    assert agree(okta, user["id"], kept=False)[USER]["title"] == "Inside"


def test_pages_hold_everyone_once_but_who_is_gone(okta):
    with factories.inside(okta.app, "acme") as ctx:
        everyone = [ctx.session.get_one(Member, key) for key in add_members(ctx, 700)]
        for number, member in enumerate(everyone):
            if number % 3 == 2 or 400 < number < 460:
                member.status, member.user_name_folded = "removed", None
                directory.count_member(ctx, member, -1)
            elif number % 5 == 0:
                member.status = "inactive"
        here = select(Member.id).where(Member.workspace_id == ctx.workspace.id, Member.status != "removed")
        left = list(ctx.session.scalars(here.order_by(Member.seq)))
    assert 400 < len(left) < 500
    for size in (110, 1000):
        pages = [okta("GET", f"/Users?startIndex={start}&count={size}")[1] for start in range(1, len(left) + 2, size)]
        assert [user["id"] for page in pages for user in page["Resources"]] == left
        assert {page["totalResults"] for page in pages} == {len(left)}


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("/Users/{id}", 1),
        ("/Users/nobody", 1),
        ('/Users?filter=userName eq "{name}"&startIndex=1&count=100', 1),
        ('/Users?filter=userName eq "nobody"', 1),
        ("/Users?startIndex=2&count=100", 2),
        ("/Users?count=0", 1),
    ],
)
def test_a_read_asks_for_the_token_together_with_what_it_serves(okta, cast, path, statements):
    okta("GET", "/Users?count=1")
    with counted() as seen:
        status, answer = okta("GET", path.format(id=cast.alan.id, name=cast.alan.user_name))
    assert status == (404 if path == "/Users/nobody" else 200)
    assert (cast.alan.user_name in str(answer)) == ("{" in path or "startIndex" in path)
    writes = [text for text in seen if not text.startswith("SELECT")]  # what fails is kept in the provisioning log
    assert (len(seen) - len(writes), "tokens" in seen[0]) == (statements, True), seen


def test_version_1_1_reads_the_same_text(okta_of):
    okta = okta_of("travelbank")
    user = okta.make("one@acme.example", emails=[{"value": "one@acme.example"}], name={"givenName": "O", "familyName": "N"})
    answer = okta.http.get(f"/scim/v1/Users/{user['id']}", headers={"Authorization": f"Bearer {okta.token}"})
    body = orjson.loads(answer.data)
    assert body["meta"]["location"].endswith(f"/scim/v1/Users/{user['id']}")
    assert body["schemas"] == ["urn:scim:schemas:core:1.0"]
    assert "resourceType" not in body["meta"]
