"""What a parsed filter or PATCH path consists of (RFC 7644 §3.4.2.2 and §3.5.2).

Positions count characters from 1; they make no difference to what is equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.scim.filters.given import Given

ORDERINGS = frozenset({"gt", "ge", "lt", "le"})
CONTAININGS = frozenset({"co", "sw", "ew"})
OPERATORS = frozenset({"eq", "ne"}) | ORDERINGS | CONTAININGS

Literal = str | bool | int | float | None | Given
"""A value to compare with, or in the form of a filter (see `forms`) what stands for it."""


@dataclass(frozen=True, slots=True)
class Path:
    """An attribute: `urn` of its schema or "", `name`, and `sub`-attribute or ""; all three as written.

    A path that is a schema's URN alone has an empty `name`: it means all the attributes of that extension.
    """

    urn: str
    name: str
    sub: str = ""
    at: int = field(default=1, compare=False)

    def __str__(self) -> str:
        named = ":".join(part for part in (self.urn, self.name) if part)
        return f"{named}.{self.sub}" if self.sub else named


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`: there is a value that is not empty."""

    path: Path


@dataclass(frozen=True, slots=True)
class Compare:
    """`path op value`; `op` is one of OPERATORS in lower case, `at` is where `value` begins."""

    path: Path
    op: str
    value: Literal
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Element:
    """`path[filter]`: one value of `path` satisfies `filter`, whose own paths begin at that value."""

    path: Path
    filter: Filter


@dataclass(frozen=True, slots=True)
class Not:
    """`not (filter)`."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class And:
    """Every one of two or more parts."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of two or more parts."""

    parts: tuple[Filter, ...]


Filter = Present | Compare | Element | Not | And | Or


@dataclass(frozen=True, slots=True)
class Target:
    """What a PATCH operation changes: an attribute, those of its values that satisfy `filter`, or their sub-attribute `sub`.

    `sub` stands behind the brackets (`emails[type eq "work"].value`); a sub-attribute without brackets is in `path`.
    """

    path: Path
    filter: Filter | None = None
    sub: str = ""
