"""Multi-valued attributes in every form that clients send: `"a"`, `["a"]`, `{"value": "a"}`, `[{"value": "a", "primary": true}]`."""

from __future__ import annotations

from typing import Any


def text(form: Any) -> str | None:
    """The value that counts: of the element that is primary, else of the first that has one; None when there is none."""
    at = _preferred(form)
    return None if at is None else _text(_elements(form)[at])


def replaced(form: Any, value: str) -> Any:
    """The same form with `value` in place of the one that counts; a list of one primary object when there is no form to follow."""
    at = _preferred(form)
    if at is None:
        return [{"primary": True, "value": value}]
    element = _elements(form)[at]
    new = {key: item for key, item in element.items() if key != "display"} | {"value": value} if isinstance(element, dict) else value
    return [*form[:at], new, *form[at + 1 :]] if isinstance(form, list) else new


def without_preferred(form: Any) -> Any:
    """The form without the element that counts; None when nothing is left."""
    at = _preferred(form)
    if at is None:
        return form
    return ([*form[:at], *form[at + 1 :]] or None) if isinstance(form, list) else None


def as_objects(form: Any) -> list[dict[str, Any]]:
    """The values as a list of objects, in which the one that counts is primary: what value paths like `roles[primary eq true]` need."""
    at = _preferred(form)
    objects = [element if isinstance(element, dict) else {"value": element} for element in _elements(form)]
    return [{**item, "primary": True} if place == at else item for place, item in enumerate(objects)]


def is_primary(element: Any) -> bool:
    """Whether an element says that it is the preferred one."""
    return isinstance(element, dict) and element.get("primary") is True


def _elements(form: Any) -> list[Any]:
    return form if isinstance(form, list) else [form]


def _preferred(form: Any) -> int | None:
    first = None
    for at, element in enumerate(_elements(form)):
        if _text(element):
            if is_primary(element):
                return at
            if first is None:
                first = at
    return first


def _text(element: Any) -> str | None:
    value = element.get("value") or element.get("display") if isinstance(element, dict) else element
    return value if isinstance(value, str) and value.strip() else None
