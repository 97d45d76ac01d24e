"""Where the role stands in a SCIM user."""

from __future__ import annotations

from typing import Any

import pytest

from standin.apps import CORE11, CORE20, RoleAttribute
from standin.people import Invalid
from standin.role_attribute import check, place

OWN = "urn:example:acme:1.0:User"


@pytest.mark.parametrize(
    ("name", "namespace", "expected"),
    [
        ("permissionsRole", CORE20, {"permissionsRole": "admin"}),
        ("roles", CORE11, {"roles": "admin"}),
        ("roles.^[primary==true].value", CORE20, {"roles": [{"primary": True, "value": "admin"}]}),
        ("roles.^[type=='product'].value", CORE20, {"roles": [{"type": "product", "value": "admin"}]}),
        ("role.value", CORE20, {"role": {"value": "admin"}}),
        ("role", OWN, {OWN: {"role": "admin"}}),
        ("role", "", {}),
        ("", CORE20, {}),
    ],
)
def test_external_name_and_namespace_decide(name: str, namespace: str, expected: dict[str, Any]) -> None:
    user: dict[str, Any] = {"schemas": [CORE20]}
    place(user, RoleAttribute(name, namespace), "admin")
    schemas = user.pop("schemas")
    assert user == expected
    assert (OWN in schemas) == (namespace == OWN)


def test_an_element_is_found_again_and_its_neighbours_stay() -> None:
    user = {"roles": [{"value": "x", "type": "other"}, {"value": "maker", "primary": True, "display": "Maker"}]}
    place(user, RoleAttribute("roles.^[primary==true].value"), "admin")
    assert user["roles"] == [{"value": "x", "type": "other"}, {"value": "admin", "primary": True, "display": "Maker"}]


def test_no_role_leaves_what_is_there() -> None:
    user = {"permissionsRole": "admin"}
    place(user, RoleAttribute("permissionsRole"), "")
    assert user == {"permissionsRole": "admin"}


@pytest.mark.parametrize("name", ["roles[primary eq true].value", "roles.^[primary=true].value", "a.b.c", "a b"])
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        check(name)
