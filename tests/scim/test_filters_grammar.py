"""The filter and path grammar of RFC 7644 §3.4.2.2 and §3.5.2: what it reads, and how it says no."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.scim import filters
from portal.scim.filters import And, Compare, Element, Malformed, Not, Or, Path, Present, Target, parse_filter, parse_path
from tests.scim.filter_texts import any_filter, text_of

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def compare(name: str, op: str, value: object, sub: str = "", urn: str = "") -> Compare:
    return Compare(Path(urn, name, sub), op, value)  # type: ignore[arg-type]


A, B, C = (Present(Path("", name)) for name in "abc")

READ = {
    'userName eq "bjensen"': compare("userName", "eq", "bjensen"),
    'name.familyName co "O\'Malley"': compare("name", "co", "O'Malley", "familyName"),
    'userName sw "J"': compare("userName", "sw", "J"),
    f'{USER}:userName sw "J"': compare("userName", "sw", "J", urn=USER),
    f'{ENTERPRISE}:manager.displayName ew "x"': compare("manager", "ew", "x", "displayName", ENTERPRISE),
    "title pr": Present(Path("", "title")),
    'meta.lastModified gt "2011-05-13T04:42:34Z"': compare("meta", "gt", "2011-05-13T04:42:34Z", "lastModified"),
    'title pr and userType eq "Employee"': And((Present(Path("", "title")), compare("userType", "eq", "Employee"))),
    "a pr or b pr and c pr": Or((A, And((B, C)))),
    "(a pr or b pr) and c pr": And((Or((A, B)), C)),
    "a pr and b pr or c pr": Or((And((A, B)), C)),
    "not (a pr) and b pr": And((Not(A), B)),
    "NOT(a pr or b pr)": Not(Or((A, B))),
    "not (not (a pr))": Not(Not(A)),
    "A PR AND B PR OR C PR": Or((And((Present(Path("", "A")), Present(Path("", "B")))), Present(Path("", "C")))),
    'userName Eq "x"': compare("userName", "eq", "x"),
    "active eq true": compare("active", "eq", True),
    "active eq False": compare("active", "eq", False),
    "title ne null": compare("title", "ne", None),
    "a eq 12": compare("a", "eq", 12),
    "a gt -12.5e2": compare("a", "gt", -1250.0),
    "a eq 123456789012345678901234567890": compare("a", "eq", 1.2345678901234568e29),
    r'a eq "a \"b\" \\ \u00e4 \ud83d\ude00"': compare("a", "eq", 'a "b" \\ ä 😀'),
    'a eq "and (b) ] or"': compare("a", "eq", "and (b) ] or"),
    '  a   eq   "x"  ': compare("a", "eq", "x"),
    'emails[type eq "work" and value co "@x"]': Element(
        Path("", "emails"), And((compare("type", "eq", "work"), compare("value", "co", "@x")))
    ),
    "emails[not (type pr)]": Element(Path("", "emails"), Not(Present(Path("", "type")))),
    'emails[type eq "work"].value ew "x"': Element(
        Path("", "emails"), And((compare("type", "eq", "work"), compare("value", "ew", "x")))
    ),
    "emails[type pr].value pr": Element(Path("", "emails"), And((Present(Path("", "type")), Present(Path("", "value"))))),
    f'{ENTERPRISE}:things[a eq 1]': Element(Path(ENTERPRISE, "things"), compare("a", "eq", 1)),
    "members.$ref pr": Present(Path("", "members", "$ref")),
    "x-y_z1 pr": Present(Path("", "x-y_z1")),
    "not pr": Present(Path("", "not")),
    f"{ENTERPRISE} pr": Present(Path(ENTERPRISE, "")),
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_a_filter_is_read(text: str) -> None:
    assert parse_filter(text, {ENTERPRISE}) == READ[text]


REFUSED = {
    "": (1, "attribute"),
    "userName": (9, "operator"),
    "userName eq": (12, "value"),
    'userName is "x"': (10, "operator"),
    "userName eq bjensen": (13, "double quotes"),
    "userName eq 'bjensen'": (13, "double quotes"),
    'userName eq "bjensen': (13, "closing quote"),
    'userName eq "a\\x"': (13, "JSON"),
    'userName eq "a\nb"': (13, "JSON"),
    'userName eq "\\u0000"': (13, "character"),
    'userName eq "\\ud800"': (13, "character"),
    'userName eq "x" and': (20, "attribute"),
    'userName eq "x" title pr': (17, "“and”, “or”"),
    '(userName eq "x"': (17, "“)”"),
    'userName eq "x")': (16, "the end"),
    'emails[type eq "work"': (22, "“]”"),
    "emails[]": (8, "attribute"),
    "emails[type pr)": (15, "“]”"),
    "a[b[c pr]]": (4, "inside"),
    "a.b[c pr]": (1, "Brackets follow"),
    "a[b pr].1 pr": (8, "sub-attribute"),
    "a[b pr] .c pr": (9, "“and”, “or”"),
    "a[b pr].c": (10, "operator"),
    "1a eq 1": (1, "attribute"),
    "a..b eq 1": (1, "attribute"),
    "a.b.c eq 1": (1, "attribute"),
    "x:a eq 1": (1, "attribute"),
    '"a" eq 1': (1, "attribute"),
    "not a pr": (5, "operator"),
    "ABC@X": (1, "attribute"),
    "a eq 01": (6, "double quotes"),
    "a eq 1e999": (6, "too large"),
    "a eq -": (6, "double quotes"),
    "a eq (": (6, "value"),
    "a\neq 1": (1, "attribute"),
    "a pr" + " or a pr" * 200: (1601, "200 comparisons"),
    "(" * 33 + "a pr" + ")" * 33: (34, "32 deep"),
    "not " + "(not " * 40 + "(a pr)" + ")" * 40: (166, "32 deep"),
    'a eq "' + "x" * 4096 + '"': (4097, "longer than 4,096"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_wrong_filter_is_refused_with_its_character(text: str) -> None:
    at, reason = REFUSED[text]
    with pytest.raises(Malformed) as refusal:
        parse_filter(text)
    assert refusal.value.at == at
    assert reason in str(refusal.value)
    assert str(refusal.value).endswith(f" at character {at}.")


def test_the_bounds_are_wide_enough_for_what_clients_send() -> None:
    assert parse_filter(" or ".join(["a pr"] * filters.MAX_TERMS))
    assert parse_filter("(" * filters.MAX_DEPTH + "a pr" + ")" * filters.MAX_DEPTH) == A
    assert parse_filter('a eq "' + "x" * (filters.MAX_LENGTH - 7) + '"')


TARGETS = {
    "userName": Target(Path("", "userName")),
    "name.givenName": Target(Path("", "name", "givenName")),
    'members[value eq "2819"]': Target(Path("", "members"), compare("value", "eq", "2819")),
    'emails[type eq "work" and primary eq true].value': Target(
        Path("", "emails"), And((compare("type", "eq", "work"), compare("primary", "eq", True))), "value"
    ),
    f"{USER}:name.familyName": Target(Path(USER, "name", "familyName")),
    f"{ENTERPRISE}:manager": Target(Path(ENTERPRISE, "manager")),
    ENTERPRISE: Target(Path(ENTERPRISE, "")),
    ENTERPRISE.upper(): Target(Path(ENTERPRISE.upper(), "")),
    f"{ENTERPRISE}:x[a pr].b": Target(Path(ENTERPRISE, "x"), Present(Path("", "a")), "b"),
}  # fmt: skip


@pytest.mark.parametrize("text", TARGETS)
def test_a_patch_path_is_read(text: str) -> None:
    assert parse_path(text, {ENTERPRISE}) == TARGETS[text]


@pytest.mark.parametrize(
    ("text", "at"),
    {
        "": 1,
        "a b": 3,
        "a eq 1": 3,
        "a[b pr]c": 8,
        "a[b pr].c.d": 8,
        "a[b pr].": 8,
        "a[": 3,
        "a.": 1,
        "[a pr]": 1,
        "(a)": 1,
        '"a"': 1,
    }.items(),
)
def test_a_wrong_patch_path_is_refused_with_its_character(text: str, at: int) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_path(text)
    assert refusal.value.at == at


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet='ab.[]()" \\eqnotprand1:$-'))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_filter, parse_path):
        at = 1
        try:
            parse(text)
        except Malformed as refusal:
            at = refusal.at
        assert 1 <= at <= len(text) + 1


@settings(max_examples=200, deadline=None)
@given(any_filter())
def test_what_is_written_by_the_grammar_is_read_back(parsed: filters.Filter) -> None:
    assert parse_filter(text_of(parsed)) == parsed
