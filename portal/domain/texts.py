"""Text as the directory compares and keeps it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from portal.domain.errors import Invalid

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def fold(value: str) -> str:
    """The form in which two texts are equal whatever their letter case (Unicode case folding over NFC)."""
    return unicodedata.normalize("NFC", value).casefold()


def storable(value: str) -> bool:
    """Whether both databases can keep `value`: no NUL, no lone surrogate."""
    return _UNSTORABLE.search(value) is None


# Letters and symbols by their category that nothing is drawn for.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def visible(value: str) -> bool:
    """Whether any character is to be seen: a page must have something to call a thing by, and a link something to press."""
    return any(unicodedata.category(char)[0] not in "CZ" and char not in _BLANKS for char in value)


def quoted(value: object) -> str:
    """The value between quotes, for a sentence that answers and logs repeat: 64 characters of it at most."""
    text = str(value)
    return f"“{text[:64]}{'…' if len(text) > 64 else ''}”"


@cache
def _longest(column: Any) -> int | None:
    limit: int | None = column.type.length
    return limit


def checked(table: type[Any], field: str, value: str, name: str) -> str:
    """`value` if it fits the column `field`; raises Invalid that names it as `name`."""
    limit = _longest(getattr(table, field))
    if not storable(value):
        raise Invalid(
            f"{name} contains a character that cannot be stored. Remove it.",
            field=field,
        )
    if limit and len(value) > limit:
        raise Invalid(
            f"{name} is too long: {len(value)} characters, {limit} at most.",
            field=field,
        )
    return value


def called(table: type[Any], value: str, empty: str) -> str:
    """`value` as the name of a thing, without blanks around it; raises Invalid, with the sentence `empty` where nothing is to be seen."""
    name = checked(table, "name", value.strip(), "The name")
    if not visible(name):
        raise Invalid(empty, field="name")
    return name
