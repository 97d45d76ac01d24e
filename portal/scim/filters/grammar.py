"""Reads filters and PATCH paths by the grammar of RFC 7644 §3.4.2.2, Figure 1, and §3.5.2, Figure 7.

Beyond the figure it takes a sub-attribute behind a value path also in filters (`emails[type eq "work"].value co "@x"`).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from portal.scim.filters.nodes import OPERATORS, And, Compare, Element, Filter, Not, Or, Path, Present, Target
from portal.scim.filters.tokens import MAX_LENGTH, Malformed, Token, tokens_of

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "MAX_TERMS", "Malformed", "parse_filter", "parse_path"]

MAX_DEPTH = 32
MAX_TERMS = 200

_NAME = re.compile(r"[$A-Za-z][A-Za-z0-9_$-]*")
_URN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"\\]+")
_EXPECTED_PATH = "an attribute like userName or emails.value"


def parse_filter(text: str, urns: Collection[str] = ()) -> Filter:
    """The filter that `text` means; `urns` are the schemas known by name. Raises Malformed."""
    parser = _Parser(text, urns)
    parsed = parser.alternatives()
    parser.expect_end("“and”, “or” or the end")
    return parsed


def parse_path(text: str, urns: Collection[str] = ()) -> Target:
    """What the `path` of a PATCH operation names; raises Malformed."""
    parser = _Parser(text, urns)
    path = parser.path()
    if not parser.take("["):
        parser.expect_end("the end of the path")
        return Target(path)
    target = Target(path, parser.value_filter(path), parser.sub_attribute())
    parser.expect_end("the end of the path")
    return target


class _Parser:
    def __init__(self, text: str, urns: Collection[str]) -> None:
        self.tokens = tokens_of(text)
        self.urns = {urn.lower() for urn in urns}
        self.next = self.depth = self.terms = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def take(self, *texts: str) -> bool:
        """Whether the next token is one of these marks or words (in any case); it is passed then."""
        found = self.token.kind in ("mark", "word") and self.token.text.lower() in texts
        self.next += found
        return found

    def expect_end(self, expected: str) -> None:
        if self.token.kind != "end":
            self.token.refuse(expected)

    def alternatives(self) -> Filter:
        parts = [self.conjunction()]
        while self.take("or"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self) -> Filter:
        parts = [self.term()]
        while self.take("and"):
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def term(self) -> Filter:
        if self.token.text.lower() == "not" and self.tokens[self.next + 1].text == "(":
            self.next += 1
            return Not(self.term())
        if self.take("("):
            return self.enclosed(")")
        path = self.path()
        if self.take("["):
            return self.value_path(path)
        return self.comparison(path)

    def enclosed(self, closing: str) -> Filter:
        """What stands between brackets, the opening one of which is passed already."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Malformed(f"Brackets are nested more than {MAX_DEPTH} deep", self.token.at)
        inner = self.alternatives()
        self.depth -= 1
        if not self.take(closing):
            self.token.refuse(f"“and”, “or” or “{closing}”")
        return inner

    def value_filter(self, path: Path) -> Filter:
        if not path.name or path.sub:
            raise Malformed(f"Brackets follow an attribute, and “{path}” is none", path.at)
        begin = self.next
        inner = self.enclosed("]")
        nested = next((token for token in self.tokens[begin : self.next - 1] if token.text == "[" and token.kind == "mark"), None)
        if nested is not None:
            raise Malformed("Brackets cannot stand inside brackets", nested.at)
        return inner

    def value_path(self, path: Path) -> Filter:
        inner = self.value_filter(path)
        at = self.token.at
        sub = self.sub_attribute()
        if not sub:
            return Element(path, inner)
        return Element(path, And((inner, self.comparison(Path("", sub, at=at)))))

    def sub_attribute(self) -> str:
        """The name behind `].`, or "" when there is none."""
        token = self.token
        if token.kind != "word" or not token.text.startswith(".") or self.tokens[self.next - 1].at + 1 != token.at:
            return ""
        if not _NAME.fullmatch(token.text[1:]):
            token.refuse("a sub-attribute like .value")
        self.next += 1
        return token.text[1:]

    def comparison(self, path: Path) -> Filter:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise Malformed(f"There are more than {MAX_TERMS} comparisons", path.at)
        if self.take("pr"):
            return Present(path)
        operator = self.token
        if not self.take(*OPERATORS):
            operator.refuse("an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)")
        value = self.token
        literal = value.literal()
        self.next += 1
        return Compare(path, operator.text.lower(), literal, value.at)

    def path(self) -> Path:
        token = self.token
        if token.kind != "word":
            token.refuse(_EXPECTED_PATH)
        self.next += 1
        if token.text.lower() in self.urns:
            return Path(token.text, "", at=token.at)
        urn, colon, named = token.text.rpartition(":")
        name, dot, sub = named.partition(".")
        if not _NAME.fullmatch(name) or (dot and not _NAME.fullmatch(sub)) or (colon and not _URN.fullmatch(urn)):
            token.refuse(_EXPECTED_PATH)
        return Path(urn, name, sub, token.at)
