"""Okta's test plan, case by case, as far as its cases reach a server; groups are in test_groups, sign-in and OAuth in their own folders.

A catalog app switches people on and off by PATCH, a custom app by PUT; both write profiles by PUT of what they read, changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from portal.domain import members, provisioning, tokens
from portal.models import Token
from tests import factories
from tests.scim.okta import Okta
from tests.scim.words import ENTERPRISE, PATCH, USER

PASSWORD = {"op": "replace", "value": {"password": "Kv7J2LEa"}}


@dataclass
class App:
    """An app in Okta with provisioning on; `okta` sends what it sends."""

    okta: Okta
    patches: bool

    def look_up(self, name: str) -> list[Any]:
        """Whom the portal has by this user name."""
        status, page = self.okta("GET", f"/Users?filter=userName%20eq%20%22{name}%22&startIndex=1&count=100")
        assert status == 200, page
        return list(page["Resources"])

    def assign(self, name: str, /, **profile: Any) -> Any:
        """Assigns a person: links, activates or creates the user."""
        found = self.look_up(name)
        if found:
            linked = self.push(found[0]["id"], **profile)
            return linked if linked["active"] else self.switch(linked["id"], True)
        given = {"givenName": "Test", "familyName": "User"}
        body = {
            "schemas": [USER],
            "userName": name,
            "name": given,
            "displayName": "Test User",
            "locale": "en-US",
            "groups": [],
            "active": True,
        }
        body |= {
            "emails": [{"primary": True, "value": name, "type": "work"}],
            "externalId": f"00u{name}",
            "password": "1mz050nq",
            **profile,
        }
        status, made = self.okta("POST", "/Users", body)
        assert status == 201, made
        return made

    def push(self, key: str, **changes: Any) -> Any:
        """Pushes a profile: what the portal has, with what has changed in Okta; None is left out."""
        body = {**self.okta("GET", f"/Users/{key}")[1], **changes}
        status, pushed = self.okta("PUT", f"/Users/{key}", {name: value for name, value in body.items() if value is not None})
        assert status == 200, pushed
        return pushed

    def switch(self, key: str, active: bool) -> Any:
        """Deactivates or reactivates."""
        if not self.patches:
            return self.push(key, active=active)
        body = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": active}}]}
        status, switched = self.okta("PATCH", f"/Users/{key}", body)
        assert status == 200, switched
        return switched


@pytest.fixture(params=[True, False], ids=["catalog app", "custom app"])
def app_in_okta(request: pytest.FixtureRequest, okta: Okta) -> App:
    """An app of either kind, connected to acme."""
    return App(okta, request.param)


def without_meta(user: Any) -> dict[str, Any]:
    return {name: value for name, value in user.items() if name != "meta"}


def test_c9290_c9336_a_person_who_is_assigned_is_created_once(app_in_okta: App) -> None:
    made = app_in_okta.assign("New.Person@acme.example")
    assert (made["userName"], made["active"], made["externalId"]) == ("New.Person@acme.example", True, "00uNew.Person@acme.example")
    assert app_in_okta.look_up("new.person@ACME.example") == [made]
    assert app_in_okta.assign("New.Person@acme.example")["id"] == made["id"]


def test_c9334_every_attribute_of_the_profile_arrives_and_comes_back(app_in_okta: App) -> None:
    profile = {
        "name": {"givenName": "Ann", "familyName": "Lee", "middleName": "M", "honorificPrefix": "Dr", "honorificSuffix": "PhD"},
        "displayName": "Ann L.", "nickName": "Annie", "title": "Pilot", "profileUrl": "https://acme.example/ann", "preferredLanguage": "en",
        "locale": "en-US", "timezone": "Europe/Berlin", "userType": "Employee", "entitlements": ["gold"], "custom": "text",
        "emails": [{"value": "a@acme.example", "type": "work", "primary": True}, {"value": "b@acme.example", "type": "other"}],
        "phoneNumbers": [{"value": "1", "type": "work", "primary": True}, {"value": "2", "type": "mobile"}],
        "addresses": [{"type": "work", "streetAddress": "1 Way", "locality": "Ulm", "region": "BW", "postalCode": "1", "country": "DE"}],
        "roles": [{"value": "maker", "primary": True}],
        ENTERPRISE: {"employeeNumber": "7", "costCenter": "c", "organization": "o", "division": "d", "department": "e",
                     "manager": {"value": "9", "displayName": "Boss"}},
    }  # fmt: skip
    made = app_in_okta.assign("ann@acme.example", **profile)
    assert {name: made[name] for name in profile} == profile
    assert app_in_okta.okta("GET", f"/Users/{made['id']}")[1] == made


def test_c9335_somebody_who_is_there_already_is_linked_and_overwritten(app_in_okta: App, cast: factories.Cast) -> None:
    linked = app_in_okta.assign(cast.alan.user_name.upper(), title="Mathematician", externalId="00u1")
    assert (linked["id"], linked["title"], linked["externalId"]) == (cast.alan.id, "Mathematician", "00u1")
    assert app_in_okta.okta("GET", "/Users")[1]["totalResults"] == 4
    with factories.inside(app_in_okta.okta.app, "acme") as ctx:
        assert members.get(ctx, cast.alan.id).provisioned


def test_c9307_c9311_a_group_is_assigned_and_unassigned(app_in_okta: App) -> None:
    keys = [app_in_okta.assign(f"member-{number}@acme.example")["id"] for number in range(4)]
    assert len(set(keys)) == 4
    assert [app_in_okta.switch(key, False)["active"] for key in keys] == [False] * 4
    assert app_in_okta.okta("GET", "/Users?filter=active eq false")[1]["totalResults"] == 4


def test_c9291_c9309_c9310_a_changed_profile_is_pushed_to_the_same_user(app_in_okta: App) -> None:
    made = app_in_okta.assign("ann@acme.example", title="Pilot", nickName="Annie")
    pushed = app_in_okta.push(made["id"], name={"givenName": "Anna", "familyName": "User"}, title="Captain")
    assert (pushed["id"], pushed["name"]["givenName"], pushed["title"], pushed["nickName"]) == (made["id"], "Anna", "Captain", "Annie")
    renamed = app_in_okta.push(made["id"], userName="anna@acme.example", emails=[{"value": "anna@acme.example", "primary": True}])
    assert (renamed["id"], renamed["userName"]) == (made["id"], "anna@acme.example")
    assert [user["id"] for user in app_in_okta.look_up("anna@acme.example")] == [made["id"]]
    assert app_in_okta.look_up("ann@acme.example") == []


def test_c9337_emptied_attributes_are_no_error(app_in_okta: App) -> None:
    made = app_in_okta.assign("ann@acme.example", title="Pilot", nickName="Annie", phoneNumbers=[{"value": "1", "type": "work"}])
    pushed = app_in_okta.push(made["id"], title="", nickName=None, phoneNumbers=[])
    assert {"title", "nickName", "phoneNumbers"} & set(pushed) == set()
    assert (pushed["userName"], pushed["active"]) == ("ann@acme.example", True)


def test_c9292_c9294_c9293_c9300_switched_off_and_on_again_under_the_same_id(app_in_okta: App) -> None:
    made = app_in_okta.assign("ann@acme.example", title="Pilot")
    off = app_in_okta.switch(made["id"], False)
    assert (off["active"], without_meta(off)) == (False, {**without_meta(made), "active": False})
    assert app_in_okta.look_up("ann@acme.example")[0]["active"] is False
    again = app_in_okta.assign("ann@acme.example")
    assert without_meta(again) == without_meta(made)
    assert without_meta(app_in_okta.switch(made["id"], True)) == without_meta(made)


def test_c9301_c9302_a_password_is_taken_and_never_shown(app_in_okta: App) -> None:
    """Members sign in through Okta; what is sent as a password is neither kept nor an error, in either dialect."""
    made = app_in_okta.assign("ann@acme.example")
    if app_in_okta.patches:
        status, pushed = app_in_okta.okta.patch(f"/Users/{made['id']}", PASSWORD)
        assert status == 200
    else:
        pushed = app_in_okta.push(made["id"], password="Kv7J2LEa")
    assert without_meta(pushed) == without_meta(made)
    with factories.inside(app_in_okta.okta.app, "acme") as ctx:
        assert members.get(ctx, made["id"]).password_hash is None


def test_c9303_c9304_c9305_an_import_reads_everybody_with_status_and_counts(app_in_okta: App, cast: factories.Cast) -> None:
    off = app_in_okta.assign("off@acme.example")
    app_in_okta.switch(off["id"], False)
    pages = [app_in_okta.okta("GET", f"/Users?startIndex={start}&count=2")[1] for start in (1, 3, 5)]
    people = [user for page in pages for user in page["Resources"]]
    assert ([page["totalResults"] for page in pages], len({user["id"] for user in people})) == ([5, 5, 5], 5)
    assert [user["userName"] for user in people if not user["active"]] == ["off@acme.example"]
    wanted = ("id", "userName", "name", "emails", "active")
    assert all(name in user for user in people for name in wanted), people


def test_c9338_an_import_reads_every_group_with_members(app_in_okta: App, cast: factories.Cast) -> None:
    for number in range(3):
        app_in_okta.okta("POST", "/Groups", {"displayName": f"G{number}", "members": [{"value": cast.alan.id}][:number]})
    page = app_in_okta.okta("GET", "/Groups?startIndex=1&count=100")[1]
    assert (page["totalResults"], [len(group["members"]) for group in page["Resources"]]) == (3, [0, 1, 1])


def test_c9359_c9360_c9361_what_the_portal_changes_itself_reaches_the_next_import(app_in_okta: App, cast: factories.Cast) -> None:
    """Where the portal is the source of profiles: a new, a changed and a removed member."""
    with factories.inside(app_in_okta.okta.app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"title": "Fellow"})
        members.remove(ctx, members.get(ctx, cast.mary.id))
        members.create(ctx, {"user_name": "made@acme.example"}, source="manual")
    users = {user["userName"]: user for user in app_in_okta.okta("GET", "/Users?startIndex=1&count=100")[1]["Resources"]}
    assert users[cast.alan.user_name]["title"] == "Fellow"
    assert ("made@acme.example" in users, cast.mary.user_name in users, len(users)) == (True, False, 4)


def test_c9340_wrong_credentials_are_an_error_with_a_reason(okta: Okta) -> None:
    probe = "/Users?startIndex=1&count=2"
    status, error = okta("GET", probe, Authorization="Bearer wrong")
    assert (status, error["status"], bool(error["detail"])) == (401, "401", True)
    assert okta.http.get(f"/scim/v3{probe}", headers={"Authorization": f"Bearer {okta.token}"}).status_code == 404
    assert okta("GET", probe)[0] == 200


def test_c9306_c9341_a_new_token_works_and_the_old_one_until_it_is_revoked(okta: Okta) -> None:
    fresh = factories.make_token(okta.app, "acme", name="Next")
    for token in (okta.token, fresh):
        assert okta("GET", "/Users?startIndex=1&count=2", Authorization=f"Bearer {token}")[0] == 200
    with factories.inside(okta.app, "acme") as ctx:
        old = next(row for row in ctx.session.query(Token) if row.name == "Okta")
        tokens.revoke(ctx, old)
    assert okta("GET", "/Users?startIndex=1&count=2")[0] == 401
    assert okta("GET", "/Users?startIndex=1&count=2", Authorization=f"Bearer {fresh}")[0] == 200


def test_c9295_c9339_what_okta_does_not_send_changes_nothing(app_in_okta: App) -> None:
    """Suspended people and a switched-off app send nothing; with SCIM off on this side, what comes is refused and the members stay."""
    made = app_in_okta.assign("ann@acme.example")
    with factories.inside(app_in_okta.okta.app, "acme") as ctx:
        provisioning.switch(ctx, False)
    status, error = app_in_okta.okta("PUT", f"/Users/{made['id']}", {**made, "active": False})
    assert (status, bool(error["detail"])) == (403, True)
    with factories.inside(app_in_okta.okta.app, "acme") as ctx:
        provisioning.switch(ctx, True)
    assert app_in_okta.look_up("ann@acme.example") == [made]
