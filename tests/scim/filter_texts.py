"""Filters made at random, and any filter as text again."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import strategies as st

from portal.scim.filters import And, Compare, Element, Filter, Not, Or, Path, Present

NAMES = ("userName", "title", "emails", "nickName", "x-1")
SUBS = ("", "", "value", "type", "givenName")
VALUES: st.SearchStrategy[object] = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer()),
    st.sampled_from([True, False, None]),
)


def any_filter(names: Sequence[str] = NAMES, subs: Sequence[str] = SUBS, size: int = 6) -> st.SearchStrategy[Filter]:
    """Filters of every form, over these attributes."""
    paths = st.builds(lambda name, sub: Path("", name, sub), st.sampled_from(names), st.sampled_from(subs))
    inner = _logic(_attribute_expressions(st.builds(lambda sub: Path("", sub), st.sampled_from([sub for sub in subs if sub]))), 3)
    elements = st.builds(lambda name, part: Element(Path("", name), part), st.sampled_from(names), inner)
    return _logic(_attribute_expressions(paths) | elements, size)


def filters_of(paths: Sequence[Path], values: Sequence[object]) -> st.SearchStrategy[Filter]:
    """Filters over these paths and values, and parts of values; inside brackets the sub-attributes of the paths."""
    some = st.sampled_from(list(values)) | st.builds(_part, st.sampled_from(list(values)), st.integers(0, 5), st.integers(1, 5))
    subs = st.sampled_from(sorted({path.sub for path in paths if path.sub} | {"value"}))
    inner = _logic(_attribute_expressions(st.builds(lambda sub: Path("", sub), subs), some), 3)
    elements = st.builds(lambda path, part: Element(Path(path.urn, path.name), part), st.sampled_from(list(paths)), inner)
    return _logic(_attribute_expressions(st.sampled_from(list(paths)), some) | elements, 5)


def _part(value: object, begin: int, length: int) -> object:
    return value[begin : begin + length].swapcase() if isinstance(value, str) else value


def _attribute_expressions(paths: st.SearchStrategy[Path], values: st.SearchStrategy[object] = VALUES) -> st.SearchStrategy[Filter]:
    operators = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
    return st.builds(Present, paths) | st.builds(Compare, paths, operators, values)


def _logic(leaves: st.SearchStrategy[Filter], size: int) -> st.SearchStrategy[Filter]:
    def extend(parts: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        several = st.lists(parts, min_size=2, max_size=3).map(tuple)
        return st.builds(Not, parts) | several.map(And) | several.map(Or)

    return st.recursive(leaves, extend, max_leaves=size)


def text_of(node: Filter) -> str:
    """The filter as text; what stands inside `and`, `or` and `not` is always put in brackets."""
    if isinstance(node, Present):
        return f"{node.path} pr"
    if isinstance(node, Compare):
        return f"{node.path} {node.op} {json.dumps(node.value)}"
    if isinstance(node, Element):
        return f"{node.path}[{text_of(node.filter)}]"
    if isinstance(node, Not):
        return f"not ({text_of(node.filter)})"
    word = " and " if isinstance(node, And) else " or "
    return word.join(f"({text_of(part)})" for part in node.parts)
