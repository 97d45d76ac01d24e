"""The words of a filter: strings, brackets and everything between spaces."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import NoReturn

from portal.domain.texts import storable
from portal.scim.filters.nodes import Literal

MAX_LENGTH = 4096

_TOKEN = re.compile(r"""[ \t]*(?:(?P<mark>[()\[\]])|(?P<string>"(?:[^"\\]|\\.)*")|(?P<open>")|(?P<word>[^ \t()\[\]"]+))""", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_CONSTANTS: dict[str, Literal] = {"true": True, "false": False, "null": None}
_BIGGEST = 2**63


class Malformed(Exception):
    """Text that is not what RFC 7644 calls a filter or a path; the message names the character, `at` counts them from 1."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(f"{reason} at character {at}.")
        self.at = at


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a filter; `kind` is mark, string, word or end."""

    kind: str
    text: str
    at: int

    def refuse(self, expected: str) -> NoReturn:
        """Raises Malformed: something else was expected here."""
        found = "the end" if self.kind == "end" else f"“{self.text[:40]}”"
        raise Malformed(f"Expected {expected} but found {found}", self.at)

    def literal(self) -> Literal:
        """The value of a comparison; raises Malformed."""
        if self.kind == "string":
            return self._string()
        if self.kind != "word":
            self.refuse('a value like "text", 1, true or null')
        if self.text.lower() in _CONSTANTS:
            return _CONSTANTS[self.text.lower()]
        if not _NUMBER.fullmatch(self.text):
            raise Malformed(f"Text stands between double quotes, not bare like “{self.text[:40]}”", self.at)
        return self._number()

    def _string(self) -> str:
        try:
            value = json.loads(self.text)
        except ValueError:
            raise Malformed('The text breaks a rule of JSON strings; write quotes and backslashes as \\" and \\\\', self.at) from None
        if not storable(value):
            raise Malformed("The text holds a character that no value can hold", self.at)
        return str(value)

    def _number(self) -> int | float:
        if re.fullmatch(r"-?[0-9]{1,19}", self.text) and -_BIGGEST <= int(self.text) < _BIGGEST:
            return int(self.text)
        number = float(self.text)
        if not math.isfinite(number):
            raise Malformed("The number is too large", self.at)
        return number


def tokens_of(text: str) -> list[Token]:
    """The tokens of `text`, an end token last; raises Malformed."""
    if len(text) > MAX_LENGTH:
        raise Malformed(f"This is longer than {MAX_LENGTH:,} characters: cut it", MAX_LENGTH + 1)
    found: list[Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        kind = str(match.lastgroup)
        if kind == "open":
            raise Malformed("The text that begins here has no closing quote", match.start("open") + 1)
        found.append(Token(kind, match.group(kind), match.start(kind) + 1))
        at = match.end()
    found.append(Token("end", "", len(text) + 1))
    return found
