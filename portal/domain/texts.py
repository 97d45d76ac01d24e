"""Text as the directory compares and keeps it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from portal.domain.errors import Invalid

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Controls and the ends of lines and paragraphs (Unicode's categories Cc, Zl and Zp).
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_NOT_ON_A_LINE = re.compile(f"[{_CONTROLS}\ud800-\udfff]")
_BREAKS = "\n\v\f\r\x85\u2028\u2029"
_SPACES = re.compile(f"[\t{_BREAKS}]+")


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


def control_in(value: str) -> str:
    """The first control character of `value` in words, like “a line break (U+000A) as character 4”; empty where it has none."""
    found = _CONTROL.search(value)
    if found is None:
        return ""
    kind = "a line break" if found[0] in _BREAKS else "a tab" if found[0] == "\t" else "a control character"
    return f"{kind} (U+{ord(found[0]):04X}) as character {found.start() + 1}"


def one_line(value: str) -> str:
    """`value` without control characters, for what must not be refused for them: breaks and tabs become a space, the others go."""
    return _CONTROL.sub("", _SPACES.sub(" ", value)).strip() if _CONTROL.search(value) else value


def require_one_line(value: str, name: str, *, field: str = "") -> None:
    """Raises Invalid, which calls `value` `name`, for a text that cannot be stored or does not stand on one line."""
    if _NOT_ON_A_LINE.search(value) is None:
        return
    if not storable(value):
        raise Invalid(f"{name} contains a character that cannot be stored. Remove it.", field=field)
    raise Invalid(f"{name} contains {control_in(value)}. Remove it: this stands on one line, without control characters.", field=field)


def quoted(value: object) -> str:
    """The value between quotes, for a sentence that answers and logs repeat: 64 characters of it at most."""
    text = str(value)
    return f"“{text[:64]}{'…' if len(text) > 64 else ''}”"


@cache
def _longest(column: Any) -> int | None:
    limit: int | None = column.type.length
    return limit


def checked(table: type[Any], field: str, value: str, name: str) -> str:
    """`value` if it fits the column `field`, which holds one line; raises Invalid that names it as `name`."""
    limit = _longest(getattr(table, field))
    require_one_line(value, name, field=field)
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
