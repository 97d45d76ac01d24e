"""What a request asks of the database does not depend on the size of the workspace or of the group."""

from __future__ import annotations

from typing import Any

from portal.domain import groups
from portal.models import Group
from tests import factories
from tests.scim.population import add_members
from tests.scim.statements import counted

REQUESTS: dict[str, tuple[str, str, Any]] = {
    "a page": ("GET", "/Users?startIndex=1&count=5", None),
    "the last page": ("GET", "/Users?startIndex={last}&count=2", None),
    "a page by cursor": ("GET", "/Users?cursor=&count=5", None),
    "how many": ("GET", "/Users?count=0", None),
    "userName": ("GET", '/Users?filter=userName eq "{name}"&startIndex=1&count=100', None),
    "externalId": ("GET", '/Users?filter=externalId eq "00u7"&startIndex=1&count=100', None),
    "emails.value": ("GET", '/Users?filter=emails.value eq "{name}"', None),
    "emails, one asked for": ("GET", '/Users?filter=emails eq "{name}"&count=1', None),
    "how many are active": ("GET", "/Users?filter=active eq true&count=0", None),
    "displayName of groups": ("GET", '/Groups?filter=displayName eq "everybody"&excludedAttributes=members', None),
    "groups of a member": ("GET", '/Groups?filter=members.value eq "{member}"&excludedAttributes=members', None),
    "a page of groups": ("GET", "/Groups?count=2&excludedAttributes=members", None),
    "a user": ("GET", "/Users/{member}", None),
    "a group without its members": ("GET", "/Groups/{group}?excludedAttributes=members", None),
    "create": ("POST", "/Users", {"userName": "new-{size}@acme.example", "emails": [{"value": "new-{size}@acme.example"}]}),
    "put": ("PUT", "/Users/{member}", {"userName": "{name}", "title": "{size}", "emails": [{"value": "{name}", "primary": True}]}),
    "deactivate": ("PATCH", "/Users/{member}", {"Operations": [{"op": "replace", "value": {"active": False}}]}),
    "reactivate": ("PATCH", "/Users/{member}", {"Operations": [{"op": "replace", "path": "active", "value": True}]}),
    "one member in": ("PATCH", "/Groups/{group}", {"Operations": [{"op": "add", "path": "members", "value": [{"value": "{member}"}]}]}),
    "one member out": ("PATCH", "/Groups/{group}", {"Operations": [{"op": "remove", "path": 'members[value eq "{member}"]'}]}),
    "rename a group": ("PATCH", "/Groups/{group}", {"Operations": [{"op": "replace", "value": {"displayName": "Team {size}"}}]}),
    "delete": ("DELETE", "/Users/{member}", None),
}


def filled(value: Any, words: dict[str, Any]) -> Any:
    """The value with words in place of names in braces."""
    if isinstance(value, dict):
        return {key: filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace("{" + name + "}", str(word))
    return value


def costs(okta: Any, group: str, size: int, more: int) -> dict[str, int]:
    """Adds members to the workspace and the group, and other groups, and counts the statements of each request.

    The least of three rounds: the first request of its kind, or of a minute, adds rows that later ones only count up.
    """
    with factories.inside(okta.app, "acme") as ctx:
        added = add_members(ctx, more, attributes={"emails": [{"value": "home@acme.example", "type": "home"}]})
        groups.add_members(ctx, ctx.session.get_one(Group, group), added[: more - 3])
        for number in range(more // 10):
            groups.create(ctx, {"display_name": f"Group {size} {number}"})
        last = ctx.workspace.member_seq
    rounds = []
    for number, member in enumerate(added[-3:]):
        name = f"Person{last - 2 + number}@Acme.example"
        rounds.append(one_round(okta, {"group": group, "member": member, "name": name, "last": size, "size": f"{size}-{number}"}))
    return {name: min(ran[name] for ran in rounds) for name in REQUESTS}


def one_round(okta: Any, words: dict[str, Any]) -> dict[str, int]:
    """How many statements each request takes."""
    ran = {}
    for name, (method, path, body) in REQUESTS.items():
        with counted() as noted:
            status, answer = okta(method, filled(path, words), filled(body, words))
        assert status < 300, (name, answer)
        ran[name] = len(noted)
    okta.patch(f"/Groups/{words['group']}", {"op": "replace", "path": "displayName", "value": "Everybody"})
    return ran


def test_no_request_asks_more_of_the_database_in_a_larger_workspace(okta, cast):
    group = okta("POST", "/Groups", {"displayName": "Everybody", "members": [{"value": cast.alan.id}]})[1]["id"]
    small = costs(okta, group, 10, 10)
    large = costs(okta, group, 1000, 990)
    # Less is fine: what a process has seen or counted once it need not look up or begin again.
    assert {name: count for name, count in large.items() if count > small[name]} == {}
    assert max(count for name, count in small.items() if REQUESTS[name][0] == "GET") <= 10
