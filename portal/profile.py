"""The product profile: what the portal has to know about the product it stands beside.

One TOML file; `docs/profiles.md` explains each key by example. Code asks the profile, never the product's name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

LARGEST_LOGO = 256 * 1024
SHIPPED = Path(__file__).resolve().parent / "profiles"

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=63)]
Path_ = Annotated[str, StringConstraints(pattern=r"^/[a-z0-9/.-]+$")]
RoleAttribute = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*(\[[^\]]+\](\.[A-Za-z]+)?)?$")]
Text = Annotated[str, StringConstraints(pattern=r"\S", max_length=200)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class ProfileError(Exception):
    """A profile that cannot be used; the message names file, line and reason."""


class Part(BaseModel):
    """A table of the profile: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Brand(Part):
    """How the product looks: `colour` as #rrggbb; `logo` an SVG or PNG file beside the profile, or empty."""

    colour: Colour = "#3557d4"
    logo: str = ""


class Plan(Part):
    """What a plan allows."""

    key: Key
    name: Text
    sso: bool = False
    scim: bool = False


class Role(Part):
    """A built-in role: `paid` uses a seat, `administers` may run the workspace."""

    key: Key
    name: Text
    about: str
    paid: bool = False
    administers: bool = False


class UserType(Part):
    """A kind of member: `scim` may be given by SCIM, `sso` false keeps passwords when SSO is required."""

    key: Key
    name: Text
    scim: bool = True
    sso: bool = True


class SamlAttributes(Part):
    """Names of SAML attributes; `role` is read only when a member is first created."""

    first_name: str = "firstName"
    last_name: str = "lastName"
    role: str = ""


class Saml(Part):
    """SAML as the product speaks it; `{workspace}` in `entity_id` stands for the workspace's address."""

    entity_id: Text
    acs_path: Path_
    slo_path: Path_
    name_id_format: Literal["emailAddress", "unspecified", "persistent"] = "emailAddress"
    button: str = "Sign in with Okta"
    attributes: SamlAttributes = SamlAttributes()


Required = Literal["userName", "email", "givenName", "familyName"]


class Scim(Part):
    """SCIM as the product speaks it.

    `role_attribute` is a top-level attribute (`permissionsRole`) or a value path (`roles[primary eq true].value`);
    `host` says which base URL pages show: the workspace's own, or the shared one on `api.`. With `one_step`, switching SCIM on makes the
    first token, and making a token switches SCIM on. The first of `versions` is the one that pages offer first.
    """

    versions: list[Literal["1.1", "2.0"]] = Field(min_length=1)
    needs_sso: bool = True
    host: Literal["workspace", "api"] = "workspace"
    role_attribute: RoleAttribute = "roles[primary eq true].value"
    required: list[Required] = ["userName"]
    user_name_is_email: bool = False
    delete_users: bool = True
    groups: bool = True
    groups_switch: str = ""
    one_step: bool = False


class Words(Part):
    """What pages call things, so that the product's own help page can be followed: menus, headings, fields and buttons.

    `metadata_url` and `require_sso` are the product's names for a field and a choice, shown in their hints. Empty ones show nothing;
    `add_integration` is a button that leads to a list of integrations to add.
    """

    group: str = "group"
    groups: str = "groups"
    settings: str = "Settings"
    members_page: str = "Members"
    sso_page: str = "SSO and SCIM"
    sso_heading: str = ""
    scim_heading: str = "SCIM provisioning"
    metadata_url: str = ""
    require_sso: str = ""
    add_integration: str = ""
    tokens_heading: str = "API tokens"
    tokens_about: str = "A token lets Okta manage the members of this workspace."
    base_url: str = "Base URL"
    token: str = "Token"
    generate_token: str = "Generate new token"
    reset_token: str = "Reset token"


class Features(Part):
    """What the product has besides members and roles."""

    custom_roles: bool = False
    restricted_apps: list[str] = []
    cost_rates: bool = False
    companies: bool = False
    subsidiaries: bool = False
    groups: bool = True


class PermissionSet(Part):
    """A named set of permissions inside the product that a member has."""

    key: Key
    name: Text


class Profile(Part):
    """One product."""

    product: Text
    brand: Brand = Brand()
    plans: list[Plan] = Field(min_length=1)
    default_plan: Key
    roles: list[Role] = Field(min_length=1)
    default_role: Key
    owner_role: Key
    user_types: list[UserType] = [UserType(key="employee", name="Employee")]
    default_user_type: Key = "employee"
    permission_sets: list[PermissionSet] = []
    default_permission_set: str = ""
    saml: Saml
    scim: Scim
    words: Words = Words()
    features: Features = Features()

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        for field in ("plans", "roles", "user_types", "permission_sets"):
            _refuse_twins(field, getattr(self, field))
        for field, listed in (
            ("default_plan", self.plans),
            ("default_role", self.roles),
            ("owner_role", self.roles),
            ("default_user_type", self.user_types),
            ("default_permission_set", self.permission_sets),
        ):
            value = getattr(self, field)
            if (value or listed) and value not in [part.key for part in listed]:
                known = ", ".join(part.key for part in listed)
                raise ValueError(f"{field}: “{value}” is not one of: {known}")
        if not self.role(self.owner_role).administers:
            raise ValueError(f"owner_role: “{self.owner_role}” does not administer")
        if not any(kind.scim for kind in self.user_types if kind.key == self.default_user_type):
            raise ValueError(f"default_user_type: SCIM may not give “{self.default_user_type}”, so no new member could have it")
        if self.scim.groups and not self.features.groups:
            raise ValueError("scim.groups: set it to false, because features.groups says that there are no groups")
        if self.saml.acs_path == self.saml.slo_path:
            raise ValueError("saml.slo_path: give another path than acs_path has")
        return self

    def role(self, key: str) -> Role:
        """The built-in role `key`; raises KeyError when the profile has none."""
        for role in self.roles:
            if role.key == key:
                return role
        raise KeyError(key)

    def has_role(self, key: str) -> bool:
        """Whether there is a built-in role `key`."""
        return any(role.key == key for role in self.roles)

    def plan(self, key: str) -> Plan | None:
        """The plan `key`, or None when the profile has none."""
        return next((plan for plan in self.plans if plan.key == key), None)

    def user_type(self, key: str) -> UserType | None:
        """The user type `key`, or None when the profile has none."""
        return next((kind for kind in self.user_types if kind.key == key), None)

    def permission_set(self, key: str) -> PermissionSet | None:
        """The permission set `key`, or None when the profile has none."""
        return next((item for item in self.permission_sets if item.key == key), None)


def _refuse_twins(field: str, parts: Sequence[Plan | Role | UserType | PermissionSet]) -> None:
    """Raises ValueError when a key or a name stands for two: values from Okta are looked up by either, in any letter case."""
    for at, part in enumerate(parts):
        earlier = {text.casefold() for other in parts[:at] for text in (other.key, other.name)}
        for attribute in ("key", "name"):
            if getattr(part, attribute).casefold() in earlier:
                raise ValueError(f"{field}.{at}.{attribute}: “{getattr(part, attribute)}” is named twice")


def _line_of(text: str, loc: tuple[int | str, ...]) -> int:
    """The line (from 1) a pydantic location stands on; the nearest enclosing table when the key is absent."""
    lines = text.splitlines()
    at, table = 0, ""
    for part in loc:
        if isinstance(part, int):
            heads = [n for n, line in enumerate(lines) if line.strip() == f"[[{table}]]"]
            at = heads[part] if part < len(heads) else at
            continue
        table = f"{table}.{part}" if table else part
        head = next((n for n, line in enumerate(lines) if line.strip() == f"[{table}]"), None)
        keyed = next(
            (n for n in range(at, len(lines)) if re.match(rf"\s*{re.escape(part)}\s*=", lines[n])),
            None,
        )
        at = head if head is not None else keyed if keyed is not None else at
    return at + 1


def _reason(text: str, problem: dict[str, object]) -> tuple[int, str]:
    loc: tuple[int | str, ...] = problem["loc"]  # type: ignore[assignment]
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "no such key; docs/profiles.md lists them"
    if problem["type"] == "string_pattern_mismatch":
        message = _FORMS.get(problem["ctx"]["pattern"], message)  # type: ignore[index]
    if not loc and ": " in message:
        where, message = message.split(": ", 1)
        loc = tuple(int(part) if part.isdigit() else part for part in where.split("."))
    return _line_of(text, loc), f"{'.'.join(str(part) for part in loc if isinstance(part, str))}: {message}"


_FORMS = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "use lower-case letters, digits and inner hyphens",
    r"^/[a-z0-9/.-]+$": "begin with a slash, then use lower-case letters, digits, hyphens, dots and slashes; Okta takes no underscore",
    r"^#[0-9a-fA-F]{6}$": "give a colour as #rrggbb",
    r"\S": "must not be empty",
    r"^[A-Za-z][A-Za-z0-9_-]*(\[[^\]]+\](\.[A-Za-z]+)?)?$": "write it like permissionsRole or roles[primary eq true].value",
}


def _with_logo(brand: Brand, directory: Path) -> Brand:
    """The brand with the logo's whole path; raises ValueError when the file cannot be used."""
    if not brand.logo:
        return brand
    path = directory / brand.logo
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"brand.logo: cannot read “{path}” ({error.strerror})") from None
    fits = {".svg": b"<svg" in content, ".png": content.startswith(b"\x89PNG\r\n\x1a\n")}.get(path.suffix.lower(), False)
    if not fits or len(content) > LARGEST_LOGO:
        raise ValueError(f"brand.logo: “{path}” must be an SVG or PNG file of {LARGEST_LOGO // 1024} KiB at most")
    return brand.model_copy(update={"logo": str(path.resolve())})


def load_profile(name_or_path: str) -> Profile:
    """Reads a shipped profile by name or an own one by path.

    Raises ProfileError with file, line and reason.
    """
    path = SHIPPED / f"{name_or_path}.toml"
    if not re.fullmatch(r"[a-z0-9-]+", name_or_path) or not path.exists():
        path = Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.toml")))
        raise ProfileError(f"PORTAL_PROFILE: cannot read “{name_or_path}” ({error}); shipped ones: {shipped}") from None
    try:
        profile = Profile.model_validate(tomllib.loads(text))
        return profile.model_copy(update={"brand": _with_logo(profile.brand, path.parent)})
    except tomllib.TOMLDecodeError as error:
        found = re.match(r"(.*) \(at line (\d+), (column \d+)\)", str(error))
        raise ProfileError(f"{path}:{found[2]}: {found[1]}, {found[3]}" if found else f"{path}: {error}") from None
    except ValidationError as error:
        problems = [dict(problem) for problem in error.errors()]
    except ValueError as error:
        problems = [{"loc": (), "msg": str(error), "type": "value_error"}]
    raise ProfileError("\n".join(f"{path}:{line}: {reason}" for line, reason in (_reason(text, problem) for problem in problems)))
