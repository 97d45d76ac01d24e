"""A profile is read, checked, and refused with line and reason."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from inspect import isclass
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from portal.profile import Profile
from portal.profile_file import SHIPPED, ProfileError, load_profile
from tests.support import site
from tests.support.settings import environment

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


def test_each_key_is_documented(tmp_path):
    text = Path("docs/profiles.md").read_text(encoding="utf-8")
    example = tomllib.loads(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1])

    def unnamed(part, given, path=""):
        for name, field in part.model_fields.items():
            if name not in given:
                yield f"{path}{name}"
            kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isclass(kind) and issubclass(kind, BaseModel)]
            inner = given.get(name, {})
            for kind in kinds:
                together = {key: value for item in inner for key, value in item.items()} if isinstance(inner, list) else inner
                yield from unnamed(kind, together, f"{path}{name}.")

    assert list(unnamed(Profile, example)) == []


WRONG = {
    "an unknown key": (('name = "Manager"', 'name = "Manager"\nrank = 2'), "no such key"),
    "a role named twice": (
        ('key = "staff"\nname = "Staff"\nabout', 'key = "admin"\nname = "Staff"\nabout'),
        "roles.key: “admin” is named twice",
    ),
    "a default role that does not exist": (
        ('default_role = "staff"', 'default_role = "boss"'),
        "“boss” is not one of: admin, staff, client",
    ),
    "an owner role without rights": (('owner_role = "admin"', 'owner_role = "client"'), "“client” does not administer"),
    "a wrong type": (("paid = true", 'paid = "maybe"'), "valid boolean"),
    "a missing key": (('product = "Productive"\n', ""), "Field required"),
    "an underscore in a path": (('acs_path = "/saml/consume"', 'acs_path = "/saml/con_sume"'), "Okta takes no underscore"),
    "broken TOML": (("[saml]", "[saml"), "Expected"),
    "a bad colour": (('colour = "#5b3df5"', 'colour = "violet"'), "brand.colour: give a colour as #rrggbb"),
    "a role that goes by another one's name": (('name = "Client"\nabout', 'name = "STAFF"\nabout'), "roles.name: “STAFF” is named twice"),
    "a key in capitals": (('key = "contractor"', 'key = "Contractor"'), "use lower-case letters"),
    "an empty name": (('name = "Professional"', 'name = " "'), "must not be empty"),
    "a button without a word": (('button = "', 'button = " " # "'), "saml.button: must not be empty"),
    "a menu without a word": (("[words]", '[words]\ngroups = ""'), "words.groups: must not be empty"),
    "a role attribute that cannot be read": (
        ('role_attribute = "roles[primary eq true].value"', 'role_attribute = "the role"'),
        "write it like",
    ),
    **{
        f"a role attribute with {what}": (
            ('role_attribute = "roles[primary eq true].value"', f"role_attribute = '{path}'"),
            "scim.role_attribute: write it like permissionsRole or roles[primary eq true].value; in brackets stand",
        )
        for what, path in {
            "an open bracket": "roles[primary eq true.value",
            "nothing in brackets": "roles[].value",
            "a misspelt name in brackets": "roles[priamry eq true].value",
            "a misspelt operator in brackets": "roles[primary is true].value",
            "no value in brackets": "roles[primary eq].value",
            "an open quote in brackets": 'roles[type eq "x].value',
            "half of an and in brackets": "roles[primary eq true and].value",
            "a dot and nothing": "roles[primary eq true].",
            "a misspelt end": "roles[primary eq true].vlaue",
        }.items()
    },
    "a default type that SCIM may not give": (
        ('default_user_type = "employee"', 'default_user_type = "client"'),
        "SCIM may not give “client”",
    ),
    "a permission set that does not exist": (
        ('default_permission_set = "staff"', 'default_permission_set = "x"'),
        "not one of: admin, manager",
    ),
    "a role in another attribute's place": (
        ('role_attribute = "roles[primary eq true].value"', 'role_attribute = "UserName"'),
        "“UserName” says something else of a user",
    ),
    "a path of the portal's own": (
        ('acs_path = "/saml/consume"', 'acs_path = "/sign-in"'),
        "saml.acs_path: the portal has pages of its own at",
    ),
    "a path within the portal's own": (('slo_path = "/saml/logout"', 'slo_path = "/sso/start/out"'), "saml.slo_path: the portal has pages"),
    "a path with two slashes": (('acs_path = "/saml/consume"', 'acs_path = "//saml/consume"'), "each after one slash"),
    "a path that leads up": (('acs_path = "/saml/consume"', 'acs_path = "/saml/../consume"'), "each after one slash"),
    "one path for two things": (('slo_path = "/saml/logout"', 'slo_path = "/saml/consume"'), "give another path than acs_path has"),
    "a logo that is not there": (('colour = "#5b3df5"', 'colour = "#5b3df5"\nlogo = "none.svg"'), "brand.logo: cannot read"),
    "a logo that is no picture": (('colour = "#5b3df5"', 'colour = "#5b3df5"\nlogo = "own.toml"'), "must be an SVG or PNG file"),
    "a plan named twice": (('key = "ultimate"', 'key = "professional"'), "plans.key: “professional” is named twice"),
    "an unknown user type as default": (
        ('default_user_type = "employee"', 'default_user_type = "guest"'),
        "“guest” is not one of: employee",
    ),
    "SCIM groups in a product without groups": (("groups = false\none_step", "groups = true\none_step"), "scim.groups: set it to false"),
    "an unknown SCIM version": (('versions = ["2.0"]', 'versions = ["3.0"]'), "'1.1' or '2.0'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_line_and_reason(tmp_path, case):
    (old, new), reason = WRONG[case]
    assert old in OWN
    path = tmp_path / "own.toml"
    wrong = OWN.replace(old, new, 1)
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(ProfileError) as refusal:
        load_profile(str(path))
    assert reason in str(refusal.value)
    changed = [number for number, (was, is_now) in enumerate(zip(OWN.splitlines(), wrong.splitlines(), strict=False), 1) if was != is_now]
    line = 1 if case == "a missing key" else changed[0]
    assert str(refusal.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    "name", ["permissionsRole", "roles", "roles[primary eq true]", 'roles[type eq "app" and primary eq false].display']
)
def test_a_role_attribute_that_can_be_read_is_taken(tmp_path, name):
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace('"roles[primary eq true].value"', f"'{name}'"), encoding="utf-8")
    assert load_profile(str(path)).scim.role_attribute == name


def test_the_process_does_not_start_with_a_wrong_file(tmp_path):
    wrong = tmp_path / "own.toml"
    wrong.write_text(OWN.replace('default_role = "staff"', 'default_role = "boss"'), encoding="utf-8")
    variables = {**os.environ, **environment(profile=str(wrong))}
    started = subprocess.run([sys.executable, "-c", "import wsgi"], capture_output=True, text=True, env=variables, check=False)
    reason = f"{wrong}:4: default_role: “boss” is not one of: admin, staff, client"
    assert (started.returncode, started.stderr.splitlines()) == (1, ["Workspace Portal cannot start.", reason])


def test_a_logo_is_served_and_shown(tmp_path, make_app):
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1H0z"/></svg>'
    (tmp_path / "mark.svg").write_text(drawing, encoding="utf-8")
    (tmp_path / "own.toml").write_text(OWN.replace("[brand]", '[brand]\nlogo = "mark.svg"'), encoding="utf-8")
    http = site.client(make_app(profile=str(tmp_path / "own.toml")))
    assert '<img class="logo" src="/brand/logo"' in http.get("/").text
    answer = http.get("/brand/logo")
    assert (answer.text, answer.mimetype) == (drawing, "image/svg+xml")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_without_a_logo_there_is_none(client):
    assert client().get("/brand/logo").status_code == 404


def test_an_unknown_profile_names_the_shipped_ones():
    with pytest.raises(ProfileError, match="productboard, productiv, productive, travelbank"):
        load_profile("nonesuch")
