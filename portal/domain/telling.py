"""Sentences about people and groups: text that knows which of its words are names, so that a page can set them apart."""

from __future__ import annotations

import re

import orjson

# What turns or isolates the direction of the text behind it (Unicode bidirectional algorithm §2), up to a closing one or the end.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OPENING, _CLOSING = "\u2066\u2067\u2068", "\u2069"


class Name(str):
    """A part of a sentence that people choose."""

    __slots__ = ()


class Told(str):
    """A sentence of `parts`, some of which are names; everywhere but in a page it is text like any other."""

    __slots__ = ("parts",)
    parts: tuple[str, ...]


def told(*parts: str) -> Told:
    """The sentence that the parts make."""
    made = Told("".join(parts))
    made.parts = parts
    return made


def undirected(text: str) -> str:
    """`text` without characters that turn the direction of others: for sentences of which nobody knows any more where names end in them."""
    return _DIRECTIONS.sub("", text)


def spelled(text: str) -> str:
    """`text` with such characters as JSON writes them, so that they are seen: for what was sent."""
    return _DIRECTIONS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def laid_out(body: str) -> str:
    """A request's body with each value on a line of its own; one that was cut is no JSON any more, and stays as it is."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return body


def balanced(name: str) -> str:
    """`name` with as many closing isolates as it opens: one too many or too few would reach beyond what a page sets apart."""
    if _DIRECTIONS.search(name) is None:
        return name
    kept, depth = [], 0
    for char in name:
        depth += (char in _OPENING) - (char == _CLOSING)
        if depth >= 0:
            kept.append(char)
        depth = max(depth, 0)
    return "".join(kept) + _CLOSING * depth
