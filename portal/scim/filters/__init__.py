"""Filters and paths of SCIM: read, run in the database, or tried on a value."""

from portal.scim.filters.compile import compile_filter, read_filter
from portal.scim.filters.forms import split
from portal.scim.filters.grammar import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, Malformed, parse_filter, parse_path
from portal.scim.filters.match import matches
from portal.scim.filters.narrow import finds_few
from portal.scim.filters.nodes import And, Compare, Element, Filter, Not, Or, Path, Present, Target

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_TERMS",
    "And",
    "Compare",
    "Element",
    "Filter",
    "Malformed",
    "Not",
    "Or",
    "Path",
    "Present",
    "Target",
    "compile_filter",
    "finds_few",
    "matches",
    "parse_filter",
    "parse_path",
    "read_filter",
    "split",
]
