"""`attributes` and `excludedAttributes` (RFC 7644 §3.9): which parts of a resource an answer holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.scim.attributes import ResourceType
from portal.scim.errors import InvalidValue

Parts = frozenset[tuple[str, ...]]
_ALWAYS = frozenset({("id",), ("schemas",)})


@dataclass(frozen=True)
class Projection:
    """Paths in lower case, each a tuple of URN (for extensions), attribute and sub-attribute; `only` is None for everything."""

    only: Parts | None = None
    without: Parts = frozenset()

    @classmethod
    def of(cls, asked: Mapping[str, Any], resource: ResourceType) -> Projection:
        """What `attributes` and `excludedAttributes` ask for, as query parameters or JSON; raises InvalidValue when both are given."""
        only, without = _names(asked.get("attributes")), _names(asked.get("excludedAttributes"))
        if only and without:
            raise InvalidValue("Give attributes or excludedAttributes, not both.")
        return cls(_parts(only, resource) if only else None, _parts(without, resource) - _ALWAYS)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.only is None and not self.without

    def wants(self, name: str) -> bool:
        """Whether the top-level attribute `name` is needed at all."""
        key = name.lower()
        return (self.only is None or any(part[0] == key for part in self.only)) and (key,) not in self.without

    def names(self, *path: str) -> bool:
        """Whether exactly this path was asked for."""
        return self.only is not None and tuple(part.lower() for part in path) in self.only

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document reduced; `id` and `schemas` always stay."""
        if self.only is not None:
            return dict(_kept(document, self.only | _ALWAYS))
        return dict(_left(document, self.without)) if self.without else document


def _names(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(item).strip() for item in value if str(item).strip()]
    return [part.strip() for part in str(value or "").split(",") if part.strip()]


def _parts(names: list[str], resource: ResourceType) -> Parts:
    return frozenset(_part(name, resource) for name in names[:200])


def _part(name: str, resource: ResourceType) -> tuple[str, ...]:
    found = resource.find(name)
    if found is not None:
        return tuple(part.lower() for part in found.path)
    extension = resource.extension(name)
    if extension is not None or name.lower().startswith("urn:"):
        return (name.lower(),)
    return tuple(part.lower() for part in name.split("."))


def _kept(value: Any, parts: Parts) -> Any:
    if isinstance(value, list):
        return [_kept(item, parts) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        deeper = frozenset(part[1:] for part in parts if part and part[0] == key.lower())
        if () in deeper:
            kept[key] = item
        elif deeper and (inner := _kept(item, deeper)) not in ({}, []):
            kept[key] = inner
    return kept


def _left(value: Any, parts: Parts) -> Any:
    if isinstance(value, list):
        return [_left(item, parts) for item in value]
    if not isinstance(value, dict):
        return value
    left = {}
    for key, item in value.items():
        deeper = frozenset(part[1:] for part in parts if part and part[0] == key.lower())
        if () not in deeper:
            left[key] = _left(item, deeper) if deeper else item
    return left
