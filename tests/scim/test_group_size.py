"""Groups at size: batches of 1,000, ten thousand members at once, and two clients who change one group at the same time."""

from __future__ import annotations

from sqlalchemy import insert

from portal.models import Group, GroupMember, Member
from tests import factories
from tests.scim.okta import connect
from tests.scim.statements import counted
from tests.support.at_once import at_once
from tests.support.http import browserless


def fill(app, number):
    """The ids of new members, put straight into the tables."""
    with factories.inside(app, "acme") as ctx:
        first = ctx.workspace.member_seq + 1
        ctx.workspace.member_seq += number
        common = {"workspace_id": ctx.workspace.id, "role": "contributor", "user_type": "employee", "source": "scim", "provisioned": True}
        common |= {"status": "active", "version": 1, "created_at": ctx.now, "modified_at": ctx.now, "attributes": {}, "owner": False}
        rows = [
            {**common, "id": f"00000000-0000-4000-8000-{seq:012}", "seq": seq, "user_name": f"m{seq}", "user_name_folded": f"m{seq}"}
            for seq in range(first, first + number)
        ]
        ctx.session.execute(insert(Member), rows)
        return [row["id"] for row in rows]


def test_a_thousand_operations_in_one_patch(okta):
    people = fill(okta.app, 1000)
    group = okta("POST", "/Groups", {"displayName": "Big"})[1]
    adds = [{"op": "add", "path": "members", "value": [{"value": key}]} for key in people]
    with counted() as many:
        assert len(okta.patch(f"/Groups/{group['id']}", *adds)[1]["members"]) == 1000
    removals = [{"op": "remove", "path": f'members[value eq "{key}"]'} for key in people[:999]]
    mixed = [operation for pair in zip(removals, adds[:999], strict=True) for operation in reversed(pair)]
    with counted() as alternating:
        assert [item["value"] for item in okta.patch(f"/Groups/{group['id']}", *mixed)[1]["members"]] == people[999:]
    assert max(len(many), len(alternating)) < 40


def test_ten_thousand_members_replace_each_other(okta):
    people = fill(okta.app, 10_000)
    group = okta("POST", "/Groups", {"displayName": "Huge", "members": [{"value": people[0]}]})[1]
    body = [{"value": key, "display": key} for key in people]
    assert len(okta.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "members", "value": body})[1]["members"]) == 10_000
    assert len(okta("PUT", f"/Groups/{group['id']}", {"displayName": "Huge", "members": body[:9_990]})[1]["members"]) == 9_990


def test_two_clients_add_to_one_group_at_once_and_nobody_is_lost(live):
    factories.make_cast(live.app)
    okta = connect(live.app)
    people = fill(live.app, 40)
    group = okta("POST", "/Groups", {"displayName": "Shared"})[1]
    refused: list[str] = []

    def add(number):
        with browserless(headers={"Authorization": f"Bearer {okta.token}"}, timeout=60) as http:
            for key in people[number::4]:
                body = {"Operations": [{"op": "add", "path": "members", "value": [{"value": key}]}]}
                answer = http.patch(live.url("acme", f"/scim/v2/Groups/{group['id']}"), json=body)
                if answer.status_code != 200:
                    refused.append(answer.text)

    at_once(4, add)
    assert refused == []
    assert sorted(item["value"] for item in okta("GET", f"/Groups/{group['id']}")[1]["members"]) == people
    with factories.inside(live.app, "acme") as ctx:
        assert ctx.session.query(GroupMember).count() == 40
        assert ctx.session.get_one(Group, group["id"]).version == 41


def test_two_creates_of_one_user_name_at_once_make_one(live):
    factories.make_cast(live.app)
    okta = connect(live.app)

    def create(_number):
        with browserless(headers={"Authorization": f"Bearer {okta.token}"}, timeout=60) as http:
            return http.post(live.url("acme", "/scim/v2/Users"), json={"userName": "Twin"}).status_code

    assert sorted(at_once(4, create)) == [201, 409, 409, 409]
