"""Texts that stand on one line: which of a document's do, and that those hold no line break or other control character."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from portal.domain.texts import require_one_line
from portal.scim.attributes import Attribute, ResourceType

# Every control character in JSON, and more: nearly every document is known by it to have none.
_SUSPECT = re.compile(rb"\\[bfnrtu]|\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]")


def require(resource: ResourceType, kept: Mapping[str, Any], written: bytes, before: Mapping[str, Any]) -> None:
    """Raises Invalid for the first known text of `kept` that should stand on one line and does not; `written` is `kept` as JSON.

    A text that `before`, the document as it was served, has in the same attribute may stay: it is from a time that took it.
    """
    if _SUSPECT.search(written) is None:
        return
    for name, value in kept.items():
        present = {text for _, text in _texts(resource, name, before.get(name))}
        for label, text in _texts(resource, name, value):
            if text not in present:
                require_one_line(text, label)


def _texts(resource: ResourceType, name: str, value: Any) -> Iterator[tuple[str, str]]:
    """What an attribute is called and holds, one line each; of what the table does not know nothing."""
    extension = resource.extension(name)
    if extension is not None and isinstance(value, dict):
        for key, item in value.items():
            inner = resource.find(f"{extension.urn}:{key}")
            if inner is not None:
                yield from _within(inner.attribute, item, f"{extension.urn}:{key}")
    found = resource.find(name)
    if found is not None:
        yield from _within(found.attribute, value, name)


def _within(attribute: Attribute, value: Any, label: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if attribute.type != "binary" and not attribute.multi_line:
            yield label, value
    elif isinstance(value, list):
        for item in value:
            yield from _within(attribute, item, label)
    elif isinstance(value, dict):
        for key, item in value.items():
            # A role in a top-level attribute may be an object, of which the table says nothing.
            sub = attribute.sub(key) if attribute.type == "complex" else attribute
            if sub is not None:
                yield from _within(sub, item, f"{label}.{key}")
