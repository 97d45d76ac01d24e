"""Dataclasses to JSON and back."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def load(kind: type[T], data: dict[str, Any]) -> T:
    """A dataclass from what `dataclasses.asdict` made of it; keys that it does not know are left out."""
    hints = get_type_hints(kind)
    values = {field.name: _value(hints[field.name], data[field.name]) for field in _fields(kind) if field.name in data}
    return kind(**values)


def _fields(kind: type[Any]) -> Any:
    return fields(kind)


def _value(hint: Any, value: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        inner = next(arg for arg in args if arg is not type(None))
        return None if value is None else _value(inner, value)
    if origin is list:
        return [_value(args[0], item) for item in value]
    if origin is dict:
        return {key: _value(args[1], item) for key, item in value.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return load(cast("type[Any]", hint), value)
    return value
