"""A profile is read, checked, and refused with line and reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.profile import SHIPPED, ProfileError, load_profile

OWN = (SHIPPED / "productive.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_a_shipped_profile_loads(name):
    profile = load_profile(name)
    assert profile.role(profile.default_role)
    assert profile.role(profile.owner_role).administers
    assert profile.plan(profile.default_plan).scim


def test_the_four_products_ship():
    assert {path.stem for path in SHIPPED.glob("*.toml")} == {"productboard", "productive", "productiv", "travelbank"}


def test_an_own_file_loads_by_its_path(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace('product = "Productive"', 'product = "Acme Boards"'), encoding="utf-8")
    assert load_profile(str(path)).product == "Acme Boards"


def test_the_documented_profile_loads(tmp_path):
    text = Path("docs/profiles.md").read_text(encoding="utf-8")
    path = tmp_path / "documented.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1], encoding="utf-8")
    assert load_profile(str(path)).product == "Acme Boards"


WRONG = {
    "an unknown key": (('name = "Manager"', 'name = "Manager"\nrank = 2'), "no such key"),
    "a role named twice": (('key = "staff"\nname = "Staff"\nabout', 'key = "admin"\nname = "Staff"\nabout'), "“admin” is named twice"),
    "a default role that does not exist": (
        ('default_role = "staff"', 'default_role = "boss"'),
        "“boss” is not one of: admin, staff, client",
    ),
    "an owner role without rights": (('owner_role = "admin"', 'owner_role = "client"'), "“client” does not administer"),
    "a wrong type": (("paid = true", 'paid = "maybe"'), "valid boolean"),
    "a missing key": (('product = "Productive"\n', ""), "Field required"),
    "an underscore in a path": (('acs_path = "/saml/consume"', 'acs_path = "/saml/con_sume"'), "acs_path"),
    "broken TOML": (("[saml]", "[saml"), "at line"),
    "an unknown SCIM version": (('versions = ["2.0"]', 'versions = ["3.0"]'), "'1.1' or '2.0'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_line_and_reason(tmp_path, case):
    (old, new), reason = WRONG[case]
    assert old in OWN
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError) as refusal:
        load_profile(str(path))
    assert reason in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_the_line_is_the_one_to_mend(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace('default_role = "staff"', 'default_role = "boss"'), encoding="utf-8")
    with pytest.raises(ProfileError) as refusal:
        load_profile(str(path))
    line = 1 + OWN.splitlines().index('default_role = "staff"')
    assert f"{path}:{line}: " in str(refusal.value)


def test_a_line_inside_a_repeated_table_is_found(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace('name = "Contractor"', "name = 7"), encoding="utf-8")
    with pytest.raises(ProfileError) as refusal:
        load_profile(str(path))
    line = 1 + OWN.splitlines().index('name = "Contractor"')
    assert f"{path}:{line}: " in str(refusal.value)


def test_an_unknown_profile_names_the_shipped_ones():
    with pytest.raises(ProfileError, match="productboard, productiv, productive, travelbank"):
        load_profile("nonesuch")
