"""The merge-PATCH of SCIM 1.1: what it does to a user, what is wrong, and that no body breaks it."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.profile_file import load_profile
from portal.scim import resources
from portal.scim.errors import ScimError
from portal.scim.filters import Malformed
from portal.scim.v1 import merge, shapes
from tests.scim.v1.words import CORE, ENTERPRISE, Send, random_user

KEYS = st.sampled_from(
    ["meta", "attributes", "members", "emails", "operation", "value", "name", "manager", "Schemas", CORE, ENTERPRISE, "x y"]
)
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def test_a_user_is_patched_by_merging(okta: Send) -> None:
    user = random_user(
        nickName="Run", title="Boss", phoneNumbers=[{"value": "1", "type": "work"}],
        **{ENTERPRISE: {"department": "Travel", "costCenter": "1", "manager": {"managerId": "77", "displayName": "Boss"}}},
    )  # fmt: skip
    path = f"/Users/{okta('POST', '/Users', user)[1]['id']}"

    def patch(**body: Any) -> Any:
        status, after = okta("PATCH", path, {"schemas": [CORE], **body})
        assert status == 200, after
        return after

    assert patch(name={"familyName": "New"})["name"] == {"givenName": "Runscope", "familyName": "New"}
    assert patch(phoneNumbers=[{"value": "2", "type": "home"}])["phoneNumbers"] == [
        {"value": "1", "type": "work"},
        {"value": "2", "type": "home"},
    ]
    assert patch(phoneNumbers=[{"value": "1", "operation": "delete"}])["phoneNumbers"] == [{"value": "2", "type": "home"}]
    assert "phoneNumbers" not in patch(phoneNumbers=[{"value": "2", "operation": "delete"}, {"value": "9", "operation": "delete"}])
    after = patch(meta={"attributes": ["nickName", "title", f"{ENTERPRISE}:costCenter"]}, title="Pilot")
    assert ("nickName" in after, after["title"], after[ENTERPRISE]["department"], "costCenter" in after[ENTERPRISE]) == (
        False,
        "Pilot",
        "Travel",
        False,
    )
    assert patch(**{ENTERPRISE: {"manager": {"managerId": "78", "displayName": "Boss"}}})[ENTERPRISE] == {
        "department": "Travel",
        "manager": {"managerId": "78", "displayName": "Boss"},
    }
    assert patch()["title"] == "Pilot"


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/Users/{user}", {"meta": {"attributes": "title"}}, "meta.attributes"),
        ("/Users/{user}", {"meta": {"attributes": [5]}}, "meta.attributes"),
        ("/Users/{user}", {"meta": {"attributes": ["a b"]}}, "at character 3"),
        ("/Users/{user}", {"emails": [{"operation": "delete"}]}, "needs its value"),
        ("/Users/{user}", {"active": "perhaps"}, "active must be true or false"),
        ("/Users/{user}", {"emails": "x"}, "emails must be"),
        ("/Users/{user}", {"roles": ["king"]}, "company-admin"),
        ("/Users/{user}", {"userName": "una\nmore"}, "The user name contains a line break (U+000A) as character 4. Remove it"),
        ("/Users/{user}", {"nickName": "U\x1b"}, "nickName contains a control character (U+001B) as character 2. Remove it"),
        ("/Groups/{group}", {"members": [{"value": "nobody"}]}, "nobody"),
        ("/Groups/{group}", {"members": [{"value": "{user}", "operation": "remove"}]}, "the operation of an element is delete"),
        ("/Users/{user}", {"emails": [{"value": "x@y.example", "operation": 5}]}, "the operation of an element is delete"),
        ("/Groups/{group}", {"displayName": ""}, "displayName"),
        ("/Users/{user}", {"Operations": [{"op": "replace", "value": {"active": False}}]}, "Operations are SCIM 2.0"),
        ("/Groups/{group}", {"operations": [{"op": "add", "path": "members", "value": []}]}, "Operations are SCIM 2.0"),
        ("/Groups/{group}", [], "must be an object|JSON object"),
    ],
)  # fmt: skip
def test_a_wrong_patch_says_what_is_wrong_and_changes_nothing(okta: Send, path: str, body: Any, words: str) -> None:
    keys = {
        "user": okta("POST", "/Users", random_user())[1]["id"],
        "group": okta("POST", "/Groups", {"schemas": [CORE], "displayName": "Team"})[1]["id"],
    }
    address = path.format(**keys)
    before = okta("GET", address)[1]
    status, error = okta("PATCH", address, body)
    assert status == 400
    assert any(word in error["detail"] for word in words.split("|")), error
    assert okta("GET", address)[1] == before


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, BODIES, max_size=5), st.text(max_size=20) | KEYS)
def test_no_body_and_no_name_breaks_the_translation(body: dict[str, Any], text: str) -> None:
    user = resources.build(load_profile("travelbank")).user
    shapes.taken(body, user)
    for translate in (lambda: merge.operations(body, user), lambda: shapes.asked({"filter": text, "sortBy": text, "attributes": text})):
        with contextlib.suppress(ScimError, Malformed):
            translate()
