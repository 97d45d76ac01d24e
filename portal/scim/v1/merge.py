"""PATCH of SCIM 1.1 (Protocol 1.1 §3.3.2), said as the operations of 2.0.

The body is merged into the resource: single values replace, complex ones are joined, the elements of lists are added or, with
`"operation": "delete"`, taken out (any other operation is refused); roles replace. `meta.attributes` names what is cleared before that.
"""

from __future__ import annotations

from typing import Any

from portal.scim.attributes import ResourceType
from portal.scim.errors import InvalidSyntax, InvalidValue
from portal.scim.v1 import shapes

_ECHOED = frozenset({"id", "schemas", "meta"})


def operations(body: dict[str, Any], resource: ResourceType) -> dict[str, Any]:
    """The 2.0 PATCH that does what the 1.1 body says; raises InvalidSyntax or InvalidValue."""
    if any(key.lower() == "operations" for key in body):
        # Kept as an attribute that nobody models, it would look done: Okta would believe that somebody is switched off.
        raise InvalidSyntax("Operations are SCIM 2.0, and this address is SCIM 1.1: use a SCIM 1.1 app in Okta, or the base URL for 2.0.")
    given = shapes.taken(body, resource)
    cleared = _cleared(given)
    steps: list[dict[str, Any]] = []
    merged = {key: value for key, value in given.items() if key.lower() not in _ECHOED}
    replaced = {path.lower() for path in cleared} & {key.lower() for key in merged}
    steps += [{"op": "remove", "path": path} for path in cleared if path.lower() not in replaced]
    # A member has one role: a new one takes the place of the old, which would count on if both were kept.
    single = {attribute.name.lower() for attribute in resource.attributes if attribute.computed == "roles"}
    for key, value in merged.items():
        steps += _merged(key, value, whole=key.lower() in replaced, single=key.lower() in single)
    # An echo alone changes nothing, and is no error.
    return {"Operations": steps or [{"op": "replace", "value": {}}]}


def _cleared(given: dict[str, Any]) -> list[str]:
    meta = next((value for key, value in given.items() if key.lower() == "meta"), None)
    names = meta.get("attributes") if isinstance(meta, dict) else None
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(item, str) and item.strip() for item in names):
        raise InvalidSyntax("meta.attributes must be a list of attribute names.")
    return [shapes.name(item.strip()) for item in names]


def _merged(key: str, value: Any, *, whole: bool, single: bool) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return [{"op": "replace", "value": {key: value}}]
    operations = [_operation(key, item) for item in value]
    gone = [item for item, operation in zip(value, operations, strict=True) if operation == "delete"]
    left = [_plain(item) for item, operation in zip(value, operations, strict=True) if operation != "delete"]
    if any(not isinstance(item.get("value"), str) for item in gone):
        raise InvalidValue(f"{key}: an element to delete needs its value.")
    steps: list[dict[str, Any]] = []
    if gone and not whole:
        steps.append({"op": "remove", "path": key, "value": [{"value": item["value"]} for item in gone]})
    if left or whole:
        steps.append({"op": "replace" if whole or single else "add", "value": {key: left}})
    return steps


def _operation(key: str, item: Any) -> str:
    """What becomes of an element: delete or add. A word that means something else, like remove, must not add whom it would take out."""
    given = item.get("operation") if isinstance(item, dict) else None
    if given is None or given == "":
        return "add"
    word = given.lower() if isinstance(given, str) else ""
    if word not in ("add", "delete"):
        raise InvalidValue(f"{key}: the operation of an element is delete, or left out to add it.")
    return word


def _plain(item: Any) -> Any:
    return {key: value for key, value in item.items() if key != "operation"} if isinstance(item, dict) else item
