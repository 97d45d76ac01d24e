"""Texts that stand on one line: a line break or another control character in them is refused, wherever it comes in."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from portal.models import Group, Member
from tests import factories
from tests.scim.words import ENTERPRISE

BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "userName": ({"userName": "ur\nsula"}, "The user name contains a line break (U+000A) as character 3. Remove it"),
    "externalId": ({"externalId": "00u\x1b1"}, "The external id contains a control character (U+001B) as character 4"),
    "givenName": ({"name": {"givenName": "Ur\tsula"}}, "The first name contains a tab (U+0009) as character 3"),
    "familyName": ({"name": {"familyName": "Le\u2028Guin"}}, "The last name contains a line break (U+2028)"),
    "formatted": ({"name": {"formatted": "Ursula\nLe Guin"}}, "name.formatted contains a line break"),
    "displayName": ({"displayName": "Ursula\x85Le Guin"}, "The display name contains a line break (U+0085)"),
    "title": ({"title": "Author\r\nof tales"}, "The title contains a line break (U+000D)"),
    "nickName": ({"nickName": "U\x7f"}, "nickName contains a control character (U+007F)"),
    "emails": ({"emails": [{"value": "u@acme.example", "primary": True}, {"value": "u\n@acme.example"}]}, "emails.value contains a line"),
    "phoneNumbers": ({"phoneNumbers": [{"value": "1", "display": "one\x01"}]}, "phoneNumbers.display contains a control character"),
    "addresses": ({"addresses": [{"locality": "Port\nland"}]}, "addresses.locality contains a line break"),
    "roles": ({"roles": ["maker\n"]}, "roles contains a line break"),
    "department": ({ENTERPRISE: {"department": "Fic\ntion"}}, "The department contains a line break"),
    "costCenter": ({ENTERPRISE: {"costCenter": "4\n2"}}, f"{ENTERPRISE}:costCenter contains a line break"),
    "manager": ({ENTERPRISE: {"manager": {"value": "7\n7"}}}, f"{ENTERPRISE}:manager.value contains a line break"),
}


@pytest.fixture
def ursula(okta):
    return okta.make("ursula@acme.example", name={"givenName": "Ursula", "familyName": "Le Guin"})


def is_refused(answer, detail):
    status, error = answer
    assert (status, error["scimType"]) == (400, "invalidValue"), error
    assert error["detail"].startswith(detail), error["detail"]
    assert "Remove it: this stands on one line" in error["detail"]


@pytest.mark.parametrize("attribute", BROKEN)
def test_a_broken_line_is_refused_in_every_way_to_write(okta, ursula, attribute):
    given, detail = BROKEN[attribute]
    address, whole = f"/Users/{ursula['id']}", {"userName": "u", **given}
    is_refused(okta("POST", "/Users", whole), detail)
    is_refused(okta("PUT", address, whole), detail)
    is_refused(okta.patch(address, {"op": "replace", "value": given}), detail)
    (name, value), *_ = given.items()
    if name != ENTERPRISE:
        is_refused(okta.patch(address, {"op": "add", "path": name, "value": value}), detail)
    operations = [{"method": "POST", "path": "/Users", "bulkId": "1", "data": whole}]
    status, bulk = okta("POST", "/Bulk", {"Operations": operations})
    assert status == 200
    is_refused((int(bulk["Operations"][0]["status"]), bulk["Operations"][0]["response"]), detail)
    assert okta("GET", address)[1] == ursula
    assert okta("GET", '/Users?filter=userName eq "u"')[1]["totalResults"] == 0


def test_what_may_have_several_lines_keeps_them(okta):
    """RFC 7643 §4.1.2 says so of addresses; of certificates and of what the portal does not know it cannot be said."""
    several = {
        "addresses": [{"formatted": "1 Main Street\r\nPortland", "streetAddress": "1 Main\n\tStreet", "type": "work"}],
        "x509Certificates": [{"value": "MIIB\nAAAA"}],
        "biography": "One.\nTwo.",
        "urn:example:more": {"notes": "a\tb"},
        "entitlements": [{"value": "one", "remark": "a\nb"}],
    }
    made = okta.make("ursula@acme.example", **several)
    assert {name: made[name] for name in several} == several
    status, changed = okta.patch(f"/Users/{made['id']}", {"op": "replace", "path": 'addresses[type eq "work"].formatted', "value": "1\n2"})
    assert (status, changed["addresses"][0]["formatted"]) == (200, "1\n2")


def test_spaces_around_a_text_are_taken_as_before(okta):
    made = okta.make(" ursula ", title=" Author\n", name={"givenName": "\tUrsula ", "familyName": "Le  Guin"})
    assert (made["userName"], made["title"], made["name"]) == (" ursula ", "Author", {"givenName": "Ursula", "familyName": "Le  Guin"})


def test_a_groups_name_stands_on_one_line(okta):
    _, group = okta("POST", "/Groups", {"displayName": "Tooth"})
    address = f"/Groups/{group['id']}"
    for given, detail in (
        ({"displayName": "Tooth\nFairies"}, "The name contains a line break (U+000A) as character 6"),
        ({"displayName": "Tooth", "externalId": "a\x02b"}, "externalId contains a control character (U+0002)"),
    ):
        is_refused(okta("POST", "/Groups", {**given, "displayName": given["displayName"] + " 2"}), detail)
        is_refused(okta("PUT", address, given), detail)
        is_refused(okta.patch(address, {"op": "replace", "value": given}), detail)
    assert okta("GET", address)[1]["displayName"] == "Tooth"


def test_what_is_there_already_is_read_and_stays_while_the_rest_changes(app, okta, ursula):
    """From a time that took it: a client writes it back as it read it, and changes something else."""
    _, group = okta("POST", "/Groups", {"displayName": "Tooth"})
    with factories.inside(app, "acme") as ctx:
        old = {"given_name": "Ur\nsula", "display_name": "Ur\nsula Le Guin", "title": "Au\tthor", "attributes": {"nickName": "U\nK"}}
        ctx.session.execute(update(Member).where(Member.id == ursula["id"]).values(wire=None, **old))
        ctx.session.execute(update(Group).where(Group.id == group["id"]).values(display_name="To\noth", external_id="\x02"))
    address = f"/Users/{ursula['id']}"
    found = okta("GET", address)[1]
    assert (found["name"]["givenName"], found["title"], found["nickName"]) == ("Ur\nsula", "Au\tthor", "U\nK")
    status, changed = okta("PUT", address, {**found, "locale": "en"})
    assert (status, changed["locale"], changed["nickName"]) == (200, "en", "U\nK")
    status, changed = okta.patch(address, {"op": "replace", "path": "name.familyName", "value": "Kroeber"})
    assert (status, changed["displayName"]) == (200, "Ur sula Kroeber")
    is_refused(okta.patch(address, {"op": "replace", "path": "nickName", "value": "U\nL"}), "nickName contains a line break")
    assert okta.patch(address, {"op": "replace", "path": "title", "value": "Author"})[1]["title"] == "Author"
    status, changed = okta(
        "PUT", f"/Groups/{group['id']}", {"displayName": "To\noth", "externalId": "\x02", "members": [{"value": found["id"]}]}
    )
    assert (status, changed["displayName"]) == (200, "To\noth")
    assert okta.patch(f"/Groups/{group['id']}", {"op": "replace", "value": {"externalId": "3"}})[0] == 200
