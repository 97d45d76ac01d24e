"""Requests made at random: near enough to what clients send to get far, and wrong in every way there is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.scim.filter_texts import any_filter, text_of
from tests.scim.words import ENTERPRISE, PATCH, USER

CORE_1 = "urn:scim:schemas:core:1.0"
ENTERPRISE_1 = "urn:scim:schemas:extension:enterprise:1.0"
USER_KEY, GROUP_KEY = "{user}", "{group}"
Any_ = st.SearchStrategy[Any]


@dataclass(frozen=True)
class Sent:
    """A request; in path and body `{user}` and `{group}` stand for ids that exist."""

    version: str
    method: str
    path: str
    body: bytes | None = None


def usually(good: Any_, bad: Any_) -> Any_:
    """Mostly the one, at times the other."""
    return st.integers(0, 7).flatmap(lambda number: bad if number == 7 else good)


def some(fields: dict[str, Any_], size: int = 4) -> Any_:
    """An object with some of the fields, each in its own strategy."""
    names = st.lists(st.sampled_from(sorted(fields)), max_size=size, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: fields[name] for name in chosen}))


WRONG_TEXTS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff",
    "\ufeff",
    "x" * 401,
    "x" * 5000,
    "null",
    "bulkId:a",
    "bulkId:",
    "'",
    '"',
    "\\",
    "%",
    "{}",
    'members[value eq "x"]',
    "\n",
    'W/"1"',
    "__class__",
    "$ref",
    "urn:",
    "a.b",
    "a[b]",
]
TEXTS = st.sampled_from(
    ["a", "B", "ß", "İ", "é", "é", "𝕏", "true", "FALSE", "1", "A B", "traveler", USER_KEY, GROUP_KEY, "2026-01-01T00:00:00Z"]
)
TEXTS |= st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
PLAIN: Any_ = st.one_of(
    st.sampled_from(WRONG_TEXTS), TEXTS, st.booleans(), st.none(), st.sampled_from([0, -1, 1, 2**63, -(2**63), 10**30, 1.5, 1e308, -0.0])
)
ANYTHING: Any_ = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN.map(str), inner, max_size=3), max_leaves=5
)
TEXT, BOOLEAN = usually(TEXTS, PLAIN), usually(st.sampled_from([True, False, "True", "false"]), PLAIN)
ADDRESS = usually(st.sampled_from(["a@b.c", "A@B.C", "x@y.z", "ß@ü.de"]), PLAIN)


def plural(value: Any_) -> Any_:
    """A multi-valued attribute in the form that is right, or in one that is not."""
    kinds = usually(st.sampled_from(["work", "home", "other"]), PLAIN)
    element = some({"value": value, "VALUE": value, "type": kinds, "primary": BOOLEAN, "display": TEXT, "x": ANYTHING})
    return usually(st.lists(element, max_size=3), element | value | st.lists(value, max_size=2) | ANYTHING)


NAME = usually(some(dict.fromkeys(("givenName", "familyName", "formatted", "middleName", "GIVENNAME", "x"), TEXT)), ANYTHING)
MANAGER = usually(some(dict.fromkeys(("value", "managerId", "displayName", "$ref"), TEXT)) | TEXT, ANYTHING)
COMPANY = dict.fromkeys(("department", "division", "organization", "costCenter", "employeeNumber"), TEXT)
EXTENSION = usually(some({**COMPANY, "manager": MANAGER, "x": ANYTHING}), ANYTHING)
ROLES = usually(st.sampled_from(["traveler", ["Traveler"], [{"value": "approver", "primary": True}], {"value": "TRAVELER"}]), plural(TEXT))
MEMBERS = usually(st.lists(st.fixed_dictionaries({"value": st.just(USER_KEY)}, optional={"display": PLAIN}), max_size=2), plural(TEXT))
COMMON = {
    "externalId": TEXT,
    "displayName": TEXT,
    "id": ANYTHING,
    "meta": ANYTHING,
    "schemas": ANYTHING,
    "unknown": ANYTHING,
    "urn:x:y": ANYTHING,
    "urn:okta:custom:group:1.0": ANYTHING,
    "": ANYTHING,
    "$ref": ANYTHING,
    "a.b": ANYTHING,
    USER: some({"nickName": TEXT, "title": TEXT}),
    CORE_1: ANYTHING,
}
USER_FIELDS: dict[str, Any_] = {
    **COMMON,
    "userName": TEXT,
    "name": NAME,
    "emails": plural(ADDRESS),
    "EMAILS": plural(ADDRESS),
    "active": BOOLEAN,
    "roles": ROLES,
    "title": TEXT,
    "nickName": TEXT,
    "userType": TEXT,
    "locale": TEXT,
    "profileUrl": TEXT,
    "password": ANYTHING,
    "groups": ANYTHING,
    "phoneNumbers": plural(TEXT),
    "ims": plural(TEXT),
    "photos": plural(TEXT),
    "entitlements": plural(TEXT),
    "x509Certificates": plural(TEXT),
    "addresses": plural(TEXT),
    ENTERPRISE: EXTENSION,
    ENTERPRISE_1: EXTENSION,
    "manager": ANYTHING,
}
GROUP_FIELDS: dict[str, Any_] = {**COMMON, "members": MEMBERS, "description": ANYTHING}
FIELDS = {"Users": USER_FIELDS, "Groups": GROUP_FIELDS}
PARTS = ["value", "type", "primary", "display", "givenName", "formatted", "department", "manager", "manager.value", "x", "$ref", ""]

FILTER = any_filter(
    ["userName", "name", "emails", "active", "meta", "members", "groups", "roles", "unknown", "x509Certificates", "displayName"],
    ["", "value", "lastModified", "givenName", "type", "primary", "display"],
).map(text_of)
_WORDS = [
    "userName",
    "emails",
    "[",
    "]",
    "(",
    ")",
    "and",
    "or",
    "not",
    "eq",
    "pr",
    "co",
    '"a"',
    "1",
    "true",
    ".value",
    "meta.created",
    "gt",
    '"2026-01-01T00:00:00Z"',
    f"{ENTERPRISE}:department",
    USER,
    "null",
    "\x00",
    "1e400",
]
FILTERS = usually(FILTER, st.text(max_size=30) | st.lists(st.sampled_from(_WORDS), max_size=9).map(" ".join))
INSIDE = st.sampled_from(
    [
        "primary eq true",
        'type eq "work"',
        'value eq "a@b.c"',
        'not (type pr) or value co "a"',
        'value eq "{user}"',
        'type eq "x" and value eq "y"',
    ]
)


def path_of(fields: dict[str, Any_]) -> Any_:
    """A PATCH path, right or wrong, and a value for it."""
    names = st.sampled_from(sorted(fields))
    plain = names.flatmap(lambda name: st.tuples(st.just(name), fields[name]))
    part = st.tuples(st.builds("{}{}{}".format, names, st.sampled_from([".", ":"]), st.sampled_from(PARTS)), TEXT | BOOLEAN)
    filtered = st.builds(lambda name, inside: f"{name}[{inside}]", names, usually(INSIDE, FILTERS))
    whole = st.tuples(filtered, usually(plural(TEXT), ANYTHING))
    inner = st.tuples(st.builds("{}.{}".format, filtered, st.sampled_from(PARTS)), TEXT | BOOLEAN)
    return usually(st.one_of(plain, part, whole, inner), st.tuples(PLAIN | FILTERS, ANYTHING))


def patches(fields: dict[str, Any_]) -> Any_:
    """The body of a PATCH of 2.0."""
    ops = usually(st.sampled_from(["add", "Replace", "REMOVE", "remove", "replace"]), PLAIN)
    with_path = st.builds(lambda op, aim: {"op": op, "path": aim[0], "value": aim[1]}, ops, path_of(fields))
    removal = st.builds(lambda op, aim: {"op": op, "path": aim[0]}, ops, path_of(fields))
    without = st.builds(lambda op, value: {"op": op, "value": value}, ops, usually(some(fields), ANYTHING))
    steps = st.lists(st.one_of(with_path, removal, without), min_size=1, max_size=3)
    return st.builds(lambda steps: {"schemas": [PATCH], "Operations": steps}, usually(steps, ANYTHING))


def merges(fields: dict[str, Any_]) -> Any_:
    """The body of a PATCH of 1.1."""
    gone = st.builds(lambda value: [{"value": value, "operation": "delete"}], TEXT)
    looser = {**fields, "members": usually(MEMBERS, gone), "emails": usually(plural(ADDRESS), gone)}
    cleared = st.none() | usually(st.lists(st.sampled_from(sorted(fields)), max_size=3), ANYTHING)
    return st.builds(lambda rest, names: {**rest, **({} if names is None else {"meta": {"attributes": names}})}, some(looser), cleared)


def documents(kind: str) -> Any_:
    """A whole resource."""
    name = "userName" if kind == "Users" else "displayName"
    required = {name: TEXT} if kind == "Groups" else {name: TEXT, "name": NAME, "emails": plural(ADDRESS)}
    return usually(
        st.builds(lambda own, rest: {**rest, **own}, st.fixed_dictionaries(required), some(FIELDS[kind])), ANYTHING | some(FIELDS[kind])
    )


SORTS = usually(
    st.sampled_from(["userName", "meta.lastModified", "emails.value", "active", "unknown", f"{ENTERPRISE}:manager", "members.value"]),
    FILTERS,
)
NAMES = usually(st.lists(st.sampled_from([*sorted(USER_FIELDS), "members.display", "name.givenName"]), max_size=3), ANYTHING)
NUMBERS = usually(st.integers(-2, 2000), PLAIN)
SEARCHES = some(
    {
        "filter": FILTERS,
        "sortBy": SORTS,
        "startIndex": NUMBERS,
        "count": NUMBERS,
        "attributes": NAMES,
        "sortOrder": usually(st.sampled_from(["ascending", "DESCENDING"]), PLAIN),
    },
    5,
)
SEARCHES |= some(
    {"filter": FILTERS, "cursor": usually(st.just(""), PLAIN), "count": NUMBERS, "excludedAttributes": NAMES, "sortBy": SORTS}, 5
)
STEP = {
    "method": usually(st.sampled_from(["POST", "PUT", "patch", "DELETE"]), PLAIN),
    "path": usually(st.sampled_from(["/Users", "/Groups", "/Users/{user}", "/Groups/{group}", "/Users/bulkId:a"]), PLAIN),
    "data": usually(st.one_of(documents("Users"), documents("Groups"), patches(USER_FIELDS), patches(GROUP_FIELDS)), ANYTHING),
}
_MORE = {"bulkId": usually(st.sampled_from(["a", "b", "c"]), PLAIN), "version": usually(st.just("*"), PLAIN)}
STEPS = usually(st.lists(st.fixed_dictionaries(STEP, optional=_MORE), min_size=1, max_size=4), ANYTHING)
BULKS = st.builds(
    lambda steps, rest: {"Operations": steps, **rest}, STEPS, st.sampled_from([{}, {}, {"failOnErrors": 1}, {"failOnErrors": "1"}])
)
KEYS = usually(st.sampled_from([USER_KEY, GROUP_KEY]), st.sampled_from(["%00", "..", "%F0%9F%98%80", "x" * 500, "%ED%A0%80", ".search"]))
KINDS, VERSIONS = st.sampled_from(["Users", "Groups"]), st.sampled_from(["v1", "v2"])
OWN = {"Users": USER_KEY, "Groups": GROUP_KEY}


def _query(asked: dict[str, Any]) -> str:
    words = {name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in asked.items()}
    return "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in words.items())


def _bytes(body: Any) -> bytes:
    return json.dumps(body).encode()


def _sent(method: str, path: str, body: Any_) -> Any_:
    return st.builds(lambda version, value: Sent(version, method, path, _bytes(value)), VERSIONS, body)


LISTS = st.builds(lambda version, kind, asked: Sent(version, "GET", f"/{kind}?{_query(asked)}"), VERSIONS, KINDS, SEARCHES)
READS = st.builds(
    lambda version, kind, key, asked: Sent(version, "GET", f"/{kind}/{key}?{_query(asked)}"),
    VERSIONS,
    KINDS,
    KEYS,
    some({"attributes": NAMES}),
)
SEARCHED = st.sampled_from(["/.search", "/Users/.search", "/Groups/.search"])
WRITES = KINDS.flatmap(lambda kind: _sent("POST", f"/{kind}", documents(kind)) | _sent("PUT", f"/{kind}/{OWN[kind]}", documents(kind)))
FAMILIES: dict[str, Any_] = {
    "lists": LISTS | READS | st.builds(lambda path, body: Sent("v2", "POST", path, _bytes(body)), SEARCHED, SEARCHES),
    "writes": WRITES,
    "patches": KINDS.flatmap(
        lambda kind: st.builds(lambda body: Sent("v2", "PATCH", f"/{kind}/{OWN[kind]}", _bytes(body)), patches(FIELDS[kind]))
    ),
    "merges": KINDS.flatmap(
        lambda kind: st.builds(lambda body: Sent("v1", "PATCH", f"/{kind}/{OWN[kind]}", _bytes(body)), merges(FIELDS[kind]))
    ),
    "bulk": st.builds(lambda body: Sent("v2", "POST", "/Bulk", _bytes(body)), BULKS),
}
