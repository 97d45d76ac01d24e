"""Where the role attribute stands in a SCIM user: external name and namespace of Okta's Profile Editor."""

from __future__ import annotations

import re
from typing import Any

from standin.apps import CORE11, CORE20, RoleAttribute
from standin.people import Invalid

ELEMENT = re.compile(r"(?P<list>\w+)\.\^\[(?P<key>\w+)==(?P<want>true|false|'[^']*')\]\.(?P<leaf>\w+)")
PATH = re.compile(r"\w+(\.\w+)?")


def check(external_name: str) -> str:
    """The external name when it can be read, or nothing; raises Invalid otherwise."""
    name = external_name.strip()
    if name and not ELEMENT.fullmatch(name) and not PATH.fullmatch(name):
        raise Invalid("External name: write it like permissionsRole or roles.^[primary==true].value.")
    return name


def place(user: dict[str, Any], attribute: RoleAttribute, value: str) -> None:
    """Puts the role into a SCIM user, in place.

    A core namespace means the top level, any other an object under its URN. With no namespace nothing is sent, as in Okta;
    an unset role leaves what is there. An element of a list is found again by its sub-attribute and else appended.
    """
    if not value or not attribute.external_name or not attribute.namespace:
        return
    target = user
    if attribute.namespace not in (CORE20, CORE11):
        target = user.setdefault(attribute.namespace, {})
        if attribute.namespace not in user["schemas"]:
            user["schemas"].append(attribute.namespace)
    element = ELEMENT.fullmatch(attribute.external_name)
    if element:
        _place_element(target, element, value)
        return
    first, _, second = attribute.external_name.partition(".")
    if second:
        target[first] = {**_object(target.get(first)), second: value}
    else:
        target[first] = value


def _place_element(target: dict[str, Any], element: re.Match[str], value: str) -> None:
    key, raw = element["key"], element["want"]
    want: bool | str = raw == "true" if raw in ("true", "false") else raw[1:-1]
    items = target.get(element["list"])
    items = items if isinstance(items, list) else []
    found = next((item for item in items if isinstance(item, dict) and item.get(key) == want), None)
    if found is not None:
        found[element["leaf"]] = value
    else:
        items = [*items, {key: want, element["leaf"]: value}]
    target[element["list"]] = items


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
