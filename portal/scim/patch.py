"""PATCH of a document (RFC 7644 §3.5.2), with the forms that Okta and others really send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from portal.scim import values
from portal.scim.attributes import Attribute, ResourceType
from portal.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget
from portal.scim.filters import And, Compare, Filter, Malformed, Target, matches, parse_path

CORE_11 = "urn:scim:schemas:core:1.0"
READ_ONLY = frozenset({"id", "meta", "schemas", "groups"})
MAX_OPERATIONS = 10_000


@dataclass(frozen=True)
class Operation:
    """`op` is add, replace or remove; `path` is None when it has none; `at` counts operations from 1 for messages."""

    op: str
    path: str | None
    value: Any
    at: int


def operations(body: dict[str, Any]) -> list[Operation]:
    """The operations of a PatchOp body; keys and op names in any letter case. Raises InvalidSyntax, or NoTarget."""
    given = {key.lower(): value for key, value in body.items()}
    found = given.get("operations")
    if "operations" not in given and CORE_11 in str(given.get("schemas")).lower():
        # Reading and creating are alike in both versions: nothing told an admin before that the base URL is the other one's.
        raise InvalidSyntax(
            "This PATCH is SCIM 1.1, and this address is SCIM 2.0: use a SCIM 2.0 app in Okta, or the base URL for 1.1 if there is one."
        )
    if not isinstance(found, list) or not found:
        raise InvalidSyntax("A PATCH needs Operations: a list with at least one operation.")
    if len(found) > MAX_OPERATIONS:
        raise InvalidSyntax(f"{len(found)} operations in one PATCH; {MAX_OPERATIONS} at most.")
    return [_operation(item, at) for at, item in enumerate(found, 1)]


def _operation(item: Any, at: int) -> Operation:
    if not isinstance(item, dict):
        raise InvalidSyntax(f"Operation {at} must be an object.")
    given = {key.lower(): value for key, value in item.items()}
    op = given.get("op")
    if not isinstance(op, str) or op.lower() not in ("add", "replace", "remove"):
        raise InvalidSyntax(f"Operation {at}: op must be add, replace or remove.")
    path = given.get("path")
    if path is not None and not isinstance(path, str):
        raise InvalidPath(f"Operation {at}: path must be text.")
    path = path.strip() if path and path.strip() else None
    if path is None and op.lower() == "remove":
        raise NoTarget(f"Operation {at}: a removal needs a path.")
    if op.lower() != "remove" and "value" not in given:
        raise InvalidValue(f"Operation {at}: {op.lower()} needs a value.")
    if path is None and not isinstance(given.get("value"), dict):
        raise InvalidValue(f"Operation {at}: without a path the value must be an object of attributes.")
    return Operation(op.lower(), path, given.get("value"), at)


def apply(document: dict[str, Any], steps: list[Operation], resource: ResourceType) -> dict[str, Any]:
    """The document after every step, itself unchanged; raises ScimError when one cannot be done."""
    made: dict[str, Any] = orjson.loads(orjson.dumps(document))  # a deep copy of what is JSON, in a fifth of the time
    for step in steps:
        if step.path is None:
            for key, value in step.value.items():
                _without_path(made, step.op, key, value, resource)
        else:
            _at(made, step.op, target(step.path, resource), step.value, resource)
    return made


def target(path: str, resource: ResourceType) -> Target:
    """What the path names; raises InvalidPath."""
    try:
        return parse_path(path, (resource.urn, *(item.urn for item in resource.extensions)))
    except Malformed as error:
        raise InvalidPath(f"path “{path[:200]}”: {error}") from None


def _without_path(document: dict[str, Any], op: str, key: str, value: Any, resource: ResourceType) -> None:
    core = f"{resource.urn}:"
    if key.lower().startswith(core.lower()):
        key = key[len(core) :]
    if key.lower() in READ_ONLY or key.lower() == "password":
        return
    if isinstance(value, dict) and (key.lower() == resource.urn.lower() or resource.extension(key)):
        for inner, item in value.items():
            _without_path(document, op, f"{key}:{inner}", item, resource)
        return
    if key.lower().startswith("urn:") and resource.find(key) is None and not resource.extension(key):
        _set(document, [key], op, value, None, key)
        return
    _at(document, op, target(key, resource), value, resource)


def _at(document: dict[str, Any], op: str, aim: Target, value: Any, resource: ResourceType) -> None:
    if aim.path.name.lower() == "password":
        return
    attribute, names = _attribute(aim, resource)
    if not names:
        raise InvalidPath("The path names a schema as a whole; name one of its attributes.")
    top = resource.find(names[0])
    if names[0] in READ_ONLY or (top and top.attribute.mutability == "readOnly") or (attribute and attribute.mutability == "readOnly"):
        raise Mutability(f"{'.'.join(names)} cannot be changed by a client.")
    if op == "remove" and attribute is not None and attribute.required and len(names) == 1 and aim.filter is None:
        raise Mutability(f"{names[0]} is required and cannot be removed.")
    if aim.filter is not None:
        _filtered(document, op, (aim.filter, aim.sub), names, attribute, value)
    else:
        _set(document, names, op, value, attribute, ".".join(names))


def _attribute(aim: Target, resource: ResourceType) -> tuple[Attribute | None, list[str]]:
    """The attribute aimed at and the names that lead to it; unknown ones are kept as written."""
    path = aim.path
    found = resource.find(str(path))
    if found is not None:
        return found.attribute, list(found.path)
    extension = resource.extension(path.urn or str(path))
    urn = "" if path.urn.lower() == resource.urn.lower() else extension.urn if extension else path.urn
    around = resource.find(f"{urn}:{path.name}" if urn else path.name) if path.name else None
    if around is not None and around.attribute.type != "complex" and path.sub:
        raise InvalidPath(f"{around.attribute.name} has no sub-attributes.")
    name = around.attribute.name if around else path.name
    return None, [part for part in (urn, name, path.sub) if part]


def _set(document: dict[str, Any], names: list[str], op: str, value: Any, attribute: Attribute | None, label: str) -> None:
    holder = document
    for name in names[:-1]:
        inner = holder.get(name)
        if isinstance(inner, list):
            _in_each(inner, names[-1], op, value, attribute, label)
            return
        if not isinstance(inner, dict):
            inner = holder[name] = {}
        holder = inner
    _store(holder, names[-1], op, value, attribute, label)
    for depth in range(len(names) - 1, 0, -1):
        _drop_empty(document, names[:depth])


def _in_each(items: list[Any], name: str, op: str, value: Any, attribute: Attribute | None, label: str) -> None:
    """A sub-attribute of a list without a filter means that of every element."""
    if not items:
        raise NoTarget(f"{label}: there is no value to change.")
    for item in items:
        if isinstance(item, dict):
            _store(item, name, op, value, attribute, label)


def _store(holder: dict[str, Any], name: str, op: str, value: Any, attribute: Attribute | None, label: str) -> None:
    if op == "remove":
        if attribute is not None and attribute.multi_valued and (value or value == []):
            wanted = value if isinstance(value, list) else [value]
            left = [item for item in holder.get(name, []) if not any(_same(item, gone) for gone in wanted)]
            _put_or_drop(holder, name, left)
        else:
            holder.pop(name, None)
        return
    new = _checked(attribute, value, label)
    old = holder.get(name)
    if attribute is not None and attribute.multi_valued:
        new = new or []
        _put_or_drop(holder, name, _joined(old if isinstance(old, list) else [], new) if op == "add" else new)
    elif isinstance(old, dict) and isinstance(new, dict):
        holder[name] = {key: item for key, item in {**old, **new}.items() if item not in (None, "")}
    elif isinstance(old, list) and op == "add" and attribute is None:
        holder[name] = _joined(old, new if isinstance(new, list) else [new])
    else:
        _put_or_drop(holder, name, new)


def _checked(attribute: Attribute | None, value: Any, label: str) -> Any:
    """The value if the attribute can hold it; one element alone stands for a list of one."""
    if attribute is None or value in (None, ""):
        return value
    if attribute.multi_valued and not isinstance(value, list):
        value = [value]
    return values.check(attribute, value, label)


def _filtered(
    document: dict[str, Any], op: str, aim: tuple[Filter, str], names: list[str], attribute: Attribute | None, value: Any
) -> None:
    which, sub_path = aim
    holder: Any = document
    for name in names[:-1]:
        holder = holder.setdefault(name, {})
    items = holder.get(names[-1])
    items = items if isinstance(items, list) else [items] if items else []
    label = f"{'.'.join(names)}[…]"
    try:
        chosen = [at for at, item in enumerate(items) if matches(which, item, attribute)]
    except Malformed as error:
        raise InvalidPath(f"{label}: {error}") from None
    sub = attribute.sub(sub_path) if attribute and sub_path else None
    sub_name = sub.name if sub else sub_path
    if not chosen:
        made = _described(which) if op == "add" else None
        if made is None:
            raise NoTarget(f"{label} matches no value.")
        items, chosen = [*items, made], [len(items)]
    items = [dict(item) if isinstance(item, dict) else {"value": item} if at in chosen else item for at, item in enumerate(items)]
    for at in chosen:
        _change_element(items, at, op, sub_name, sub, value, attribute, label)
    _one_primary(items, chosen)
    _put_or_drop(holder, names[-1], [item for item in items if item not in (None, {})])


def _change_element(
    items: list[Any], at: int, op: str, sub_name: str, sub: Attribute | None, value: Any, attribute: Attribute | None, label: str
) -> None:
    if sub_name:
        _store(items[at], sub_name, op, value, sub, f"{label}.{sub_name}")
    elif op == "remove":
        items[at] = None
    else:
        new = value[0] if isinstance(value, list) and len(value) == 1 else value
        if not isinstance(new, dict):
            raise InvalidValue(f"{label} takes an object.")
        items[at] = {**items[at], **_checked(attribute, [new], label)[0]}


def _described(node: Filter) -> dict[str, Any] | None:
    """The element that a filter of equalities describes, so that `emails[type eq "work"].value` can be added; None for other filters."""
    if isinstance(node, Compare) and node.op == "eq" and not node.path.sub:
        return {node.path.name: node.value}
    if isinstance(node, And):
        parts = [_described(part) for part in node.parts]
        if all(part is not None for part in parts):
            return {key: value for part in parts if part for key, value in part.items()}
    return None


def _joined(old: list[Any], new: list[Any]) -> list[Any]:
    """The old elements and the new ones that are not there yet; one that is there with other details takes the new details."""
    made = list(old)
    for item in new:
        at = next((at for at, present in enumerate(made) if _same(present, item)), None)
        if at is None:
            made.append(item)
            _one_primary(made, [len(made) - 1])
        elif isinstance(item, dict):
            made[at] = {**made[at], **item} if isinstance(made[at], dict) else item
            _one_primary(made, [at])
    return made


def _same(left: Any, right: Any) -> bool:
    """Whether two elements are one: equal values, and equal types where both have one."""
    if not isinstance(left, dict) or not isinstance(right, dict):
        plain = [item.get("value") if isinstance(item, dict) else item for item in (left, right)]
        return bool(plain[0] == plain[1])
    if "value" in left or "value" in right:
        return left.get("value") == right.get("value") and left.get("type", right.get("type")) == right.get("type", left.get("type"))
    return left == right


def _one_primary(items: list[Any], latest: list[int]) -> None:
    """An element that becomes primary takes that from the others (RFC 7644 §3.5.2)."""
    new = [at for at in latest if isinstance(items[at], dict) and items[at].get("primary") is True]
    if new:
        for at, item in enumerate(items):
            if at != new[-1] and isinstance(item, dict) and item.get("primary") is True:
                items[at] = {**item, "primary": False}


def _put_or_drop(holder: dict[str, Any], name: str, value: Any) -> None:
    if value in (None, "", [], {}):
        holder.pop(name, None)
    else:
        holder[name] = value


def _drop_empty(document: dict[str, Any], names: list[str]) -> None:
    holder: Any = document
    for name in names[:-1]:
        holder = holder.get(name, {})
    if isinstance(holder, dict) and holder.get(names[-1]) == {}:
        holder.pop(names[-1])
