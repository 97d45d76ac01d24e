"""Groups of SCIM 1.1: found, replaced, patched, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.scim.v1.words import CORE, Send, random_user

OKTA = "urn:okta:custom:group:1.0"


@pytest.fixture
def group(okta: Send) -> Callable[..., Any]:
    """A group with three members, and what PATCH makes of it: `group(body)` gives its name and the members' first letters."""
    people = {letter: okta("POST", "/Users", random_user(displayName=letter))[1]["id"] for letter in "abcd"}
    made = okta("POST", "/Groups", {"schemas": [CORE], "displayName": "Team", OKTA: {"description": "Ours"}})[1]

    def patch(body: dict[str, Any]) -> tuple[str, str]:
        named = [{**member, "value": people.get(member["value"], member["value"])} for member in body.get("members", [])]
        sent = {"schemas": [CORE], **body, **({"members": named} if "members" in body else {})}
        status, after = okta("PATCH", f"/Groups/{made['id']}", sent)
        assert status == 200, after
        assert after[OKTA] == {"description": "Ours"}
        assert (after["id"], after["schemas"]) == (made["id"], [CORE, OKTA])
        letters = {key: letter for letter, key in people.items()}
        return after["displayName"], "".join(sorted(letters[member["value"]] for member in after["members"]))

    assert patch({"members": [{"value": letter, "display": letter} for letter in "abc"]}) == ("Team", "abc")
    return patch


def test_a_group_is_patched_by_merging(group: Callable[..., Any]) -> None:
    assert group({"id": "x", "displayName": "New"}) == ("New", "abc")
    assert group({"members": [{"value": "d"}, {"value": "b", "display": None, "operation": "delete"}]}) == ("New", "acd")
    assert group({"members": [{"value": "d"}, {"value": "b", "operation": "Delete"}]}) == ("New", "acd")
    assert group({"meta": {"attributes": ["members"]}, "members": [{"value": "b"}]}) == ("New", "b")
    assert group({"displayName": "Old", "meta": {"attributes": ["urn:scim:schemas:core:1.0:members"]}}) == ("Old", "")
    assert group({"meta": {"attributes": ["members"]}, "members": []}) == ("Old", "")
    assert group({}) == ("Old", "")


def test_a_group_is_found_replaced_and_deleted(okta: Send) -> None:
    ann, bob = (okta("POST", "/Users", random_user(userName=name))[1]["id"] for name in ("ann@x.io", "bob@x.io"))
    status, made = okta("POST", "/Groups", {"schemas": [CORE], "displayName": "Travel desk"})
    assert (status, made["schemas"], made["members"]) == (201, [CORE], [])
    path = f"/Groups/{made['id']}"
    status, page = okta("GET", "/Groups?filter=displayName%20eq%20%22TRAVEL+desk%22&startIndex=1&count=100")
    assert (status, page["schemas"], page["totalResults"], page["Resources"][0]["id"]) == (200, [CORE], 1, made["id"])
    both = [{"value": ann, "display": "ann@x.io"}, {"value": bob, "display": None}]
    status, put = okta("PUT", path, {**made, "displayName": "Desk", "members": both})
    assert (status, put["displayName"], {item["value"] for item in put["members"]}) == (200, "Desk", {ann, bob})
    assert okta("GET", path)[1]["members"] == put["members"]
    assert okta("PUT", path, {**put, "members": []})[1]["members"] == []
    status, error = okta("POST", "/Groups", {"schemas": [CORE], "displayName": "desk"})
    assert (status, error["Errors"][0]["code"]) == (409, "409")
    assert (okta("DELETE", path), okta("GET", path)[0], okta("GET", f"/Users/{ann}")[0]) == ((204, None), 404, 200)
