"""The product profile: what the portal has to know about the product it stands beside.

One TOML file; `docs/profiles.md` explains each key by example. Code asks the profile, never the product's name.
"""

from __future__ import annotations

import re
import tomllib
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

SHIPPED = Path(__file__).resolve().parent / "profiles"

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=63)]
Path_ = Annotated[str, StringConstraints(pattern=r"^/[a-z0-9/.-]+$")]
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
    name: str
    sso: bool = False
    scim: bool = False


class Role(Part):
    """A built-in role: `paid` uses a seat, `administers` may run the workspace."""

    key: Key
    name: str
    about: str
    paid: bool = False
    administers: bool = False


class UserType(Part):
    """A kind of member: `scim` may be given by SCIM, `sso` false keeps passwords when SSO is required."""

    key: Key
    name: str
    scim: bool = True
    sso: bool = True


class SamlAttributes(Part):
    """Names of SAML attributes; `role` is read only when a member is first created."""

    first_name: str = "firstName"
    last_name: str = "lastName"
    role: str = ""


class Saml(Part):
    """SAML as the product speaks it; `{workspace}` in `entity_id` stands for the workspace's address."""

    entity_id: str
    acs_path: Path_
    slo_path: Path_
    name_id_format: Literal["emailAddress", "unspecified", "persistent"] = "emailAddress"
    button: str = "Sign in with Okta"
    attributes: SamlAttributes = SamlAttributes()


Required = Literal["userName", "email", "givenName", "familyName"]


class Scim(Part):
    """SCIM as the product speaks it.

    `role_attribute` is a top-level attribute (`permissionsRole`) or a value path (`roles[primary eq true].value`);
    `host` says which base URL pages show: the workspace's own, or the shared one on `api.`.
    """

    versions: list[Literal["1.1", "2.0"]] = Field(min_length=1)
    needs_sso: bool = True
    host: Literal["workspace", "api"] = "workspace"
    role_attribute: str = "roles[primary eq true].value"
    required: list[Required] = ["userName"]
    user_name_is_email: bool = False
    delete_users: bool = True
    groups: bool = True
    groups_switch: str = ""


class Words(Part):
    """What pages call things: the noun for groups, and the headings and buttons of the token page."""

    group: str = "group"
    groups: str = "groups"
    tokens_heading: str = "API tokens"
    tokens_about: str = "A token lets Okta manage the members of this workspace."
    generate_token: str = "Generate new token"
    reset_token: str = "Reset token"


class Features(Part):
    """What the product has besides members and roles."""

    custom_roles: bool = False
    restricted_apps: list[str] = []
    cost_rates: bool = False
    companies: bool = False
    subsidiaries: bool = False


class PermissionSet(Part):
    """A named set of permissions inside the product that a member has."""

    key: Key
    name: str


class Profile(Part):
    """One product."""

    product: str
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
            keys = [part.key for part in getattr(self, field)]
            twice = next((key for key in keys if keys.count(key) > 1), None)
            if twice:
                raise ValueError(f"{field}: “{twice}” is named twice")
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
    if not loc and ":" in message:
        loc = (message.split(":")[0],)
        return _line_of(text, loc), message
    return _line_of(text, loc), f"{'.'.join(str(part) for part in loc)}: {message}"


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
        return Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path}: {error}") from None
    except ValidationError as error:
        problems = (_reason(text, dict(problem)) for problem in error.errors())
        raise ProfileError("\n".join(f"{path}:{line}: {reason}" for line, reason in problems)) from None
