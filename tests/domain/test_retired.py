"""A profile that changed under its members: they keep what it lacks until an admin replaces it, and seats count right at each moment."""

from __future__ import annotations

import json

import pytest

from portal.commands.checks import CHECKS
from portal.domain import invariants, members, retired, roles, workspaces
from portal.domain.errors import Invalid
from portal.models import AuditEntry
from portal.profile_file import SHIPPED
from portal.web.starting import look_around
from tests import factories
from tests.pages import PageClient
from tests.support import site

OLD = (SHIPPED / "productive.toml").read_text(encoding="utf-8")
ROLE = '[[roles]]\nkey = "staff"\nname = "Staff"\nabout = "Works on projects and tracks time."\npaid = true\n'
NEW_ROLES = """
[[roles]]
key = "worker"
name = "Worker"
about = "Works."
paid = true

[[roles]]
key = "guest"
name = "Guest"
about = "Looks."
"""
CHANGES = [
    (ROLE, NEW_ROLES),
    ('default_role = "staff"', 'default_role = "guest"'),
    ('[[user_types]]\nkey = "contractor"\nname = "Contractor"\n', ""),
    ('[[permission_sets]]\nkey = "manager"\nname = "Manager"\n', ""),
    ("cost_rates = true", "cost_rates = true\ncustom_roles = true"),
]


@pytest.fixture
def changed(make_app, tmp_path):
    """Acme with the cast and five seats under Productive's profile, then the portal with one that lacks what they have."""
    text = OLD
    for old, new in CHANGES:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "before.toml").write_text(OLD.replace("cost_rates = true", "cost_rates = true\ncustom_roles = true"), encoding="utf-8")
    (tmp_path / "after.toml").write_text(text, encoding="utf-8")
    before = make_app(profile=str(tmp_path / "before.toml"))
    cast = factories.make_cast(before)
    with factories.inside(before, "acme") as ctx:
        workspaces.set_seats(ctx, 5)
        lead = roles.create_custom(ctx, name="Lead", base_role="staff", restricted_apps=[])
        members.update_member(
            ctx, members.get(ctx, cast.mary.id), {"role": lead.id, "user_type": "contractor", "permission_set": "manager"}
        )
        assert ctx.workspace.seats_used == 4
    return make_app(profile=str(tmp_path / "after.toml")), cast


def signed_in(app, person):
    pages = PageClient(site.client(app, "acme"))
    factories.sign_in(app, pages.client, person)
    return pages


def test_the_start_says_so_and_counts_seats_anew(changed, capsys):
    app, _ = changed
    look_around(app)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert [line["workspace"] for line in lines if line["event"] == "seats counted anew"] == ["acme"]
    assert [line["notice"].split(", which")[0] for line in lines if line["event"] == "profile changed"] == [
        "acme: 2 members have the role “staff”",
        "acme: 1 member has the user type “contractor”",
        "acme: 1 member has the permission set “manager”",
    ]
    with app.app_context():
        assert [line["notice"] for line in lines if line["event"] == "profile changed"] == list(CHECKS["roles"](app))[:3]
    with factories.inside(app, "acme") as ctx:
        assert ctx.workspace.seats_used == 2  # Ada and Grace, who administer
        assert list(invariants.broken(ctx)) == []
    look_around(app)
    assert "counted anew" not in capsys.readouterr().err


def test_a_plan_that_is_lacking_is_named_with_the_command_that_gives_another(changed, capsys):
    app, _ = changed
    with factories.inside(app, "acme") as ctx:
        ctx.workspace.plan = "gold"
    look_around(app)
    said = capsys.readouterr().err
    with app.app_context():
        [sentence] = CHECKS["plans"](app)
    assert sentence.startswith("acme has the plan “gold”, which the profile lacks: it allows neither SSO nor SCIM")
    assert sentence.endswith("portal workspace set acme --plan professional|ultimate")
    assert sentence in [json.loads(line).get("notice") for line in said.splitlines() if line.startswith("{")]
    with factories.inside(app, "acme") as ctx:
        workspaces.set_plan(ctx, "ultimate")
    with app.app_context():
        assert list(CHECKS["plans"](app)) == []


def test_a_database_that_is_away_keeps_nobody_from_starting(tmp_path, capsys):
    app = site.make(database_url=f"sqlite:///{tmp_path}/none/portal.sqlite3")
    look_around(app)
    assert "profile not compared with members" in capsys.readouterr().err


def test_members_keep_it_and_a_client_may_send_it_back(changed):
    app, cast = changed
    look_around(app)
    with factories.inside(app, "acme") as ctx:
        alan = members.get(ctx, cast.alan.id)
        assert members.update_member(ctx, alan, {"role": "staff", "user_type": alan.user_type, "title": "Boss"}) == {"title"}
        mary = members.get(ctx, cast.mary.id)
        assert (
            members.update_member(ctx, mary, {"role": mary.custom_role_id, "user_type": "contractor", "permission_set": "manager"}) == set()
        )
        with pytest.raises(Invalid, match="“staff” is not a role here"):
            members.update_member(ctx, members.get(ctx, cast.grace.id), {"role": "staff"})
    page = signed_in(app, cast.grace).open("/members?role=staff")
    assert [any(cell.startswith("Alan Turing") for cell in row) for row in page.rows()] == [True]
    page.open(f"/members/{cast.mary.id}").submit("Save", {"Job title (optional)": "Author"})
    with factories.inside(app, "acme") as ctx:
        mary = members.get(ctx, cast.mary.id)
        assert (mary.title, mary.user_type, mary.permission_set) == ("Author", "contractor", "manager")


def test_an_admin_replaces_it_for_everyone_in_one_step(changed):
    app, cast = changed
    look_around(app)
    page = signed_in(app, cast.grace).open("/").follow("Give them another user type than contractor")
    assert [link for link in page.links if link in ("Mary Shelley", "Alan Turing")] == ["Mary Shelley", "Mary Shelley"]
    page.follow("Mary Shelley")
    for sentence in (
        "The role “staff” is no longer offered Mary Shelley keeps it, without rights and without a seat, until another is given",
        "The user type “contractor” is no longer offered Mary Shelley keeps it until another is given",
        "The permission set “manager” is no longer offered",
        "Give everyone who has it another permission set, or only this member below.",
    ):
        assert sentence in page.text, sentence
    page.open(f"/members/{cast.ada.id}")
    assert "no longer offered" not in page.text
    page.open("/").follow("Give them another role than staff").open("/roles").follow("Give them another permission set than manager")
    page.open("/roles")
    page.follow("give them another role than staff")
    page.submit("Give it to everyone who has staff", {"Role instead of “staff”": "Worker"})
    assert page.notice == "2 members have another role now."
    page.submit("Give it to everyone who has contractor", {"User type instead of “contractor”": "Employee"})
    page.submit("Give it to everyone who has manager", {"Permission set instead of “manager”": "Staff"})
    assert page.heading == "Roles"
    assert "no longer offered" not in page.text
    assert page.open("/roles/retired").heading == "No longer offered"
    assert "Everything is offered" in page.text
    assert "no longer offered" not in page.open("/").text + page.open(f"/members/{cast.mary.id}").text
    with factories.inside(app, "acme") as ctx:
        alan, mary = members.get(ctx, cast.alan.id), members.get(ctx, cast.mary.id)
        assert [(m.role, m.user_type, m.permission_set, m.version) for m in (alan, mary)] == [
            ("worker", "employee", "staff", 2),
            ("worker", "employee", "staff", 5),
        ]
        assert (roles.custom_roles(ctx)[0].base_role, ctx.workspace.seats_used) == ("worker", 4)
        assert list(invariants.broken(ctx)) == []
        entry = ctx.session.query(AuditEntry).filter_by(action="role.replaced").order_by(AuditEntry.seq).first()
        assert (entry.before, entry.after) == ({"role": "staff"}, {"role": "worker", "members": 2})


def test_without_seats_for_all_nobody_is_changed(changed):
    app, cast = changed
    look_around(app)
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, 3)
    page = signed_in(app, cast.grace).open("/roles/retired")
    page.submit("Give it to everyone who has staff", {"Role instead of “staff”": "Worker"}, status=422)
    assert page.errors[0].startswith("No seat left: 2 active members would each use a seat, and 1 are free.")
    with factories.inside(app, "acme") as ctx:
        assert (members.get(ctx, cast.alan.id).role, ctx.workspace.seats_used) == ("staff", 2)
        assert retired.replace(ctx, "role", "staff", "guest") == 2
        assert ctx.workspace.seats_used == 2


@pytest.mark.parametrize(
    ("kind", "old", "new", "problem"),
    [
        ("role", "staff", "", "Choose the role to give instead."),
        ("role", "staff", "boss", "Choose the role to give instead."),
        ("role", "admin", "guest", "“admin” is still offered"),
        ("owner", "x", "y", "Choose what to replace"),
    ],
)
def test_a_wrong_replacement_is_refused(changed, kind, old, new, problem):
    app, _ = changed
    with factories.inside(app, "acme") as ctx, pytest.raises(Invalid, match=problem):
        retired.replace(ctx, kind, old, new)


def test_only_one_s_own_workspace_is_changed(changed):
    app, _ = changed
    with factories.inside(app, "globex") as ctx:
        assert retired.of(ctx) == []
        assert retired.replace(ctx, "role", "staff", "guest") == 0
    with factories.inside(app, "acme") as ctx:
        assert [(found.kind, found.value, found.members, found.active) for found in retired.of(ctx)] == [
            ("role", "staff", 2, 2),
            ("user_type", "contractor", 1, 1),
            ("permission_set", "manager", 1, 1),
        ]
