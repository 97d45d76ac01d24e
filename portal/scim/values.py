"""A resource as a client wrote it, read: names in the table's case, values of the table's types, what is read-only left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from portal.domain.texts import quoted
from portal.scim.attributes import Attribute, ResourceType
from portal.scim.errors import InvalidValue
from portal.scim.plural import is_primary

# Okta sends these as bare strings, too, depending on how the admin mapped them (Auth0 community 186335).
_LOOSE = frozenset({"roles", "entitlements", "manager"})
_BOOLEANS = {"true": True, "false": False}
IGNORED = frozenset({"id", "meta", "schemas", "groups", "password"})


def read(resource: ResourceType, document: dict[str, Any]) -> dict[str, Any]:
    """The attributes of `document` that a client may write, and every unknown one as it is; raises InvalidValue that names the attribute.

    Null means unassigned (RFC 7643 §2.5) and stays, so that a caller can tell it from absent.
    """
    read_: dict[str, Any] = {}
    for given, value in document.items():
        name = resource.canonical(given)
        if name in read_:
            raise InvalidValue(f"{quoted(given)} is given twice, in different letter case.")
        if not _is_ignored(resource, name):
            read_[name] = read_one(resource, name, value)
    return read_


def _is_ignored(resource: ResourceType, name: str) -> bool:
    """Whether a client's value is dropped, also where the attribute is called by its schema (RFC 7644 §3.10)."""
    return name.lower().removeprefix(f"{resource.urn}:".lower()) in IGNORED


def read_one(resource: ResourceType, name: str, value: Any) -> Any:
    """The value of the top-level attribute, extension or schema `name`, checked; an unknown one as it is."""
    if name == resource.urn and isinstance(value, dict):
        return read(resource, value)  # attributes of its own, only written elsewhere: `mapping.lift`
    extension = resource.extension(name)
    if extension is not None:
        return _complex(value, extension.attributes, extension.urn) if value is not None else None
    found = resource.find(name)
    return value if found is None or found.parent or found.extension else check(found.attribute, value, name)


def check(attribute: Attribute, value: Any, name: str) -> Any:
    """`value` if it is of the attribute's type; raises InvalidValue that calls it `name`."""
    if value is None or (attribute.name in _LOOSE and isinstance(value, str)):
        return value
    if attribute.computed == "role":
        return _role(value, name)
    if not attribute.multi_valued:
        return _single(attribute, value, name)
    if not isinstance(value, list):
        if attribute.name in _LOOSE and isinstance(value, dict):
            return _single(attribute, value, name)
        _refuse(name, "a list", value)
    elements = [item if attribute.name in _LOOSE and isinstance(item, str) else _element(attribute, item, name) for item in value]
    if sum(map(is_primary, elements)) > 1:
        raise InvalidValue(f"{name} has more than one primary value; only one can be.")
    return elements


def _element(attribute: Attribute, value: Any, name: str) -> Any:
    """One of several values; it is not the list itself that is wrong where this is of another type."""
    return _single(attribute, value, name if isinstance(value, dict) else f"each of {name}")


def _role(value: Any, name: str) -> Any:
    """A role in a top-level attribute: text, an object with a value, or a list of these, as the attribute's data type in Okta makes it."""
    for element in value if isinstance(value, list) else [value]:
        text = element.get("value") if isinstance(element, dict) else element
        if not isinstance(text, str):
            _refuse(name, "text, an object with a value, or a list of these", text)
    return value


def _single(attribute: Attribute, value: Any, name: str) -> Any:
    if attribute.type == "complex":
        return _complex(value, attribute.sub_attributes, name)
    if attribute.type == "boolean":
        if isinstance(value, str):
            value = _BOOLEANS.get(value.strip().lower(), value)
        return value if isinstance(value, bool) else _refuse(name, "true or false", value)
    return value if isinstance(value, str) else _refuse(name, "text", value)


def _complex(value: Any, attributes: Iterable[Attribute], name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(name, "an object", value)
    known = {item.name.lower(): item for item in attributes}
    read_: dict[str, Any] = {}
    for given, item in value.items():
        attribute = known.get(given.lower())
        key = attribute.name if attribute else given
        if key in read_:
            raise InvalidValue(f"{quoted(f'{name}.{given}')} is given twice, in different letter case.")
        separator = ":" if name.lower().startswith("urn:") else "."
        read_[key] = check(attribute, item, f"{name}{separator}{key}") if attribute else item
    return read_


def _refuse(name: str, wanted: str, value: Any) -> NoReturn:
    words = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
    raise InvalidValue(f"{name} must be {wanted}, not {words[type(value)]}.")
