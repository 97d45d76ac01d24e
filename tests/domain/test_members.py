"""Members: defaults, names, uniqueness, owners, and what removal leaves."""

from __future__ import annotations

import pytest

from portal.domain import groups, members, sessions
from portal.domain.actors import Actor
from portal.domain.errors import Invalid, LastOwner, NotFound, Taken
from tests import factories


def test_a_new_member_gets_the_profiles_defaults(app, cast):
    with factories.inside(app, "acme") as ctx:
        member = members.create(ctx, {"user_name": "Ursula", "given_name": "Ursula", "family_name": "Le Guin"}, source="scim")
        assert (member.role, member.user_type, member.status) == ("contributor", "employee", "active")
        assert (member.display_name, member.provisioned) == ("Ursula Le Guin", True)


def test_a_user_name_keeps_its_case_and_is_unique_without_it(app, cast):
    with factories.inside(app, "acme") as ctx:
        members.create(ctx, {"user_name": "Ursula@Example.com"}, source="scim")
        assert members.by_user_name(ctx, "URSULA@example.COM").user_name == "Ursula@Example.com"
        with pytest.raises(Taken, match=r"ursula@example\.com"):
            members.create(ctx, {"user_name": "ursula@example.com"}, source="scim")


def test_two_workspaces_may_have_the_same_user_name(app, cast):
    for slug in ("acme", "globex"):
        with factories.inside(app, slug) as ctx:
            members.create(ctx, {"user_name": "ursula"}, source="scim")
    with factories.inside(app, "globex") as ctx, pytest.raises(NotFound):
        members.get(ctx, cast.ada.id)


BAD = {
    "no user name": {"user_name": ""},
    "blank user name": {"user_name": "  "},
    "a user name that cannot be seen": {"user_name": "\u200b\u2060\u3164"},
    "an address without @": {"user_name": "u", "email": "nowhere"},
    "a NUL": {"user_name": "u\x00"},
    "a line break": {"user_name": "u", "title": "Ada\u2029Byron"},
    "a control character": {"user_name": "u", "manager": "Ada\x9f"},
    "a lone surrogate": {"user_name": "u", "title": "\ud800"},
    "a long name": {"user_name": "u", "given_name": "x" * 201},
    "an unknown role": {"user_name": "u", "role": "emperor"},
    "an unknown type": {"user_name": "u", "user_type": "robot"},
    "a rate that is no number": {"user_name": "u", "cost_rate": "much"},
    "an infinite rate": {"user_name": "u", "cost_rate": "Infinity"},
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_value_is_refused_and_nobody_is_created(app, cast, case):
    with pytest.raises(Invalid), factories.inside(app, "acme") as ctx:
        members.create(ctx, BAD[case], source="manual")
    with factories.inside(app, "acme") as ctx:
        assert ctx.workspace.member_seq == 4
        assert members.by_user_name(ctx, "u") is None


def test_whoever_has_a_name_that_cannot_be_seen_goes_by_the_next_one(app, cast):
    """What Okta sent stays as it is; pages have something to press."""
    with factories.inside(app, "acme") as ctx:
        member = members.create(ctx, {"user_name": "u\u202e", "display_name": "\u202e\u200b"}, source="scim")
        assert (member.display_name, members.label(member)) == ("\u202e\u200b", "u\u202e")
        members.update_member(ctx, member, {"given_name": "Ursula"})
        assert members.label(member) == "Ursula"
        with pytest.raises(Invalid, match="userName cannot be empty"):
            members.update_member(ctx, member, {"user_name": "\ufeff"})


def test_an_unknown_role_names_the_valid_ones(app, cast):
    with factories.inside(app, "acme") as ctx, pytest.raises(Invalid, match="admin, maker, contributor, viewer"):
        members.create(ctx, {"user_name": "u", "role": "emperor"}, source="manual")


@pytest.mark.parametrize(
    ("profile", "field"),
    [("productboard", "role"), *(("productive", field) for field in ("user_type", "permission_set", "division"))],
)
def test_a_refusal_repeats_little_of_a_very_long_value(make_app, profile, field):
    app = make_app(profile=profile)
    factories.make_cast(app)
    with factories.inside(app, "acme") as ctx, pytest.raises(Invalid, match=r"“x{64}…” is not a") as refused:
        members.create(ctx, {"user_name": "u", field: "x" * 300}, source="manual")
    assert len(str(refused.value)) < 300


def test_scim_cannot_give_a_type_that_is_not_its_own(make_app):
    app = make_app(profile="productive")
    cast = factories.make_cast(app)
    with factories.inside(app, "acme", Actor("token", "Okta")) as ctx:
        with pytest.raises(Invalid, match="employee, contractor"):
            members.create(ctx, {"user_name": "u@acme.example", "user_type": "client"}, source="scim")
        members.update_member(ctx, members.get(ctx, cast.mary.id), {"user_type": "Contractor"})
        assert members.get(ctx, cast.mary.id).user_type == "contractor"


@pytest.mark.parametrize("change", [{"active": False}, {"owner": False}])
def test_the_last_owner_stays(app, cast, change):
    with pytest.raises(LastOwner), factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.ada.id), change)
    with pytest.raises(LastOwner), factories.inside(app, "acme") as ctx:
        members.remove(ctx, members.get(ctx, cast.ada.id))
    with factories.inside(app, "acme") as ctx:
        ada = members.get(ctx, cast.ada.id)
        assert (ada.owner, ada.active) == (True, True)


def test_an_owner_may_go_when_another_is_there(app, cast):
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.grace.id), {"owner": True})
        members.update_member(ctx, members.get(ctx, cast.ada.id), {"active": False})


def test_deactivation_ends_sessions_and_keeps_the_record(app, cast):
    with factories.inside(app, "acme") as ctx:
        secret = sessions.start(ctx, members.get(ctx, cast.alan.id), method="sso")
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"active": False})
        assert sessions.find(ctx.session, ctx.workspace.id, secret, ctx.now) is None
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"active": True})
        assert sessions.find(ctx.session, ctx.workspace.id, secret, ctx.now) is None


def test_a_removed_member_leaves_history_and_a_free_user_name(app, cast):
    with factories.inside(app, "acme") as ctx:
        members.remove(ctx, members.get(ctx, cast.alan.id))
        with pytest.raises(NotFound):
            members.get(ctx, cast.alan.id)
        assert members.get(ctx, cast.alan.id, removed=True).status == "removed"
        again = members.create(ctx, {"user_name": cast.alan.user_name}, source="scim")
        assert again.id != cast.alan.id


def test_a_write_that_changes_nothing_moves_no_version(app, cast):
    with factories.inside(app, "acme") as ctx:
        alan = members.get(ctx, cast.alan.id)
        assert members.update_member(ctx, alan, {"given_name": "Alan", "active": True}) == set()
        assert alan.version == 1
        assert members.update_member(ctx, alan, {"given_name": "Alain"}) == {"given_name"}
        assert alan.version == 2


def test_only_members_of_the_workspace_who_are_not_removed_join_a_group(app, cast):
    with factories.inside(app, "globex") as ctx:
        foreign = members.create(ctx, {"user_name": "guest@globex.example"}, source="manual").id
    with factories.inside(app, "acme") as ctx:
        group = groups.create(ctx, {"display_name": "Everybody"})
        assert groups.add_members(ctx, group, [cast.alan.id]) == 1
        members.remove(ctx, members.get(ctx, cast.mary.id))
        for stranger in (cast.mary.id, foreign, "nobody"):
            with pytest.raises(Invalid, match="not in this workspace"):
                groups.add_members(ctx, group, [cast.alan.id, stranger])
        assert groups.add_members(ctx, group, [cast.alan.id, cast.ada.id]) == 1
        assert groups.count(ctx, group) == 2
