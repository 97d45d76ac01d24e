"""The product profile: what the portal has to know about the product it stands beside.

Read from one TOML file by `profile_file`; `docs/profiles.md` explains each key by example. Code asks the profile, never the product's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from portal import own_names

# What a text must look like; `profile_file` says it in words.
KEY_FORM = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PATH_FORM = r"^(/[a-z0-9-][a-z0-9.-]*)+$"
_CONDITION = r'(primary eq (true|false)|(value|display|type) eq "[^"\\\[\]]+")'
ROLE_ATTRIBUTE_FORM = rf"^[A-Za-z][A-Za-z0-9_-]*(\[{_CONDITION}( and {_CONDITION})*\](\.(value|display))?)?$"
TEXT_FORM = r"\S"
COLOUR_FORM = r"^#[0-9a-fA-F]{6}$"

Key = Annotated[str, StringConstraints(pattern=KEY_FORM, max_length=63)]
UrlPath = Annotated[str, StringConstraints(pattern=PATH_FORM)]
RoleAttribute = Annotated[str, StringConstraints(pattern=ROLE_ATTRIBUTE_FORM)]
Text = Annotated[str, StringConstraints(pattern=TEXT_FORM, max_length=200)]
Colour = Annotated[str, StringConstraints(pattern=COLOUR_FORM)]


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
    """SAML as the product speaks it; `{workspace}` in `entity_id` stands for the workspace's address.

    With `ask_to_sign_in`, *Authorize* leads to a page that asks to sign in before it sends the admin to the identity provider.
    """

    entity_id: Text
    acs_path: UrlPath
    slo_path: UrlPath
    name_id_format: Literal["emailAddress", "unspecified", "persistent"] = "emailAddress"
    button: Text = "Sign in with Okta"
    ask_to_sign_in: bool = False
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

    group: Text = "group"
    groups: Text = "groups"
    settings: Text = "Settings"
    members_page: Text = "Members"
    sso_page: Text = "SSO and SCIM"
    sso_heading: str = ""
    scim_heading: Text = "SCIM provisioning"
    metadata_url: str = ""
    require_sso: str = ""
    add_integration: str = ""
    tokens_heading: Text = "API tokens"
    tokens_about: str = "A token lets Okta manage the members of this workspace."
    base_url: Text = "Base URL"
    token: Text = "Token"
    generate_token: Text = "Generate new token"
    reset_token: Text = "Reset token"


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

    @model_validator(mode="after")
    def _takes_nothing_of_the_portals(self) -> Profile:
        attribute = self.scim.role_attribute.partition("[")[0]
        if own_names.is_own_attribute(attribute):
            raise ValueError(f"scim.role_attribute: “{attribute}” says something else of a user; name another, like permissionsRole")
        for field, path in (("acs_path", self.saml.acs_path), ("slo_path", self.saml.slo_path)):
            if own_names.is_own_path(path):
                raise ValueError(f"saml.{field}: the portal has pages of its own at {path}; take another path, like /saml/acs")
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
