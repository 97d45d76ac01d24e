"""An app of the org: its sign-on, its connection, its people and its pushed groups."""

from __future__ import annotations

from dataclasses import dataclass, field

from standin.keys import SigningKey
from standin.kinds import KINDS, Kind

CORE20 = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE11 = "urn:scim:schemas:core:1.0"


@dataclass
class Statement:
    """A SAML attribute statement: `user.firstName` and the like, see `expressions`."""

    name: str
    value: str


@dataclass
class SignOn:
    """SAML settings; `key_id` names the active one of the app's signing keys."""

    acs_url: str = ""
    audience: str = ""
    name_id_format: str = "emailAddress"
    username: str = "email"
    username_custom: str = ""
    statements: list[Statement] = field(default_factory=list)
    relay_state: str = ""
    sign_response: bool = True
    sign_assertion: bool = True
    algorithm: str = "sha256"
    encryption_cert: str = ""
    slo_enabled: bool = False
    slo_url: str = ""
    slo_binding: str = "post"
    slo_issuer: str = ""
    slo_cert: str = ""
    key_id: str = ""


@dataclass
class Grant:
    """What the product's token endpoint gave; `expires_at` in seconds since 1970, 0 when it said nothing."""

    access_token: str = ""
    refresh_token: str = ""
    expires_at: float = 0


@dataclass
class Integration:
    """How SCIM is reached; `new_grant` waits for Save."""

    enabled: bool = False
    base_url: str = ""
    auth: str = "header"
    token: str = ""
    authorize_url: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: str = ""
    import_groups: bool = False
    grant: Grant | None = None
    new_grant: Grant | None = None
    plus_for_space: bool = False


@dataclass
class ToApp:
    """What may be sent."""

    create: bool = False
    update: bool = False
    deactivate: bool = False


@dataclass
class RoleAttribute:
    """The attribute of the Profile Editor that carries the role; an empty `external_name` means there is none."""

    external_name: str = ""
    namespace: str = CORE20
    values: list[str] = field(default_factory=list)
    scope: str = "group"
    """`group`: a group assignment gives it too; `personal`: only a person's own assignment."""


@dataclass
class Assignment:
    """An app user: a person in the app. `scim_id` is empty until the app has it, `sent` what was last pushed."""

    person: str
    scope: str = "person"
    group: str = ""
    role: str = ""
    username: str = ""
    overrides: dict[str, str] = field(default_factory=dict)
    scim_id: str = ""
    status: str = "not provisioned"
    error: str = ""
    sent: dict[str, str] = field(default_factory=dict)
    leaving: bool = False
    """Unassigned, but the app could not be told: the task list has it."""


@dataclass
class GroupAssignment:
    """A group in the app; the first by `priority` decides a member's role."""

    group: str
    role: str = ""
    priority: int = 1


@dataclass
class Push:
    """A pushed group. `rename` says whether the group's name is sent; `members` maps people to the SCIM ids sent."""

    group: str
    scim_id: str = ""
    target_name: str = ""
    rename: bool = True
    active: bool = True
    status: str = ""
    error: str = ""
    members: dict[str, str] = field(default_factory=dict)


@dataclass
class AppGroup:
    """A group that the app has, as the last refresh saw it."""

    id: str
    name: str
    members: int = 0


@dataclass
class Imported:
    """A user that the last import saw; `match` is a person's id."""

    scim_id: str
    user_name: str
    first_name: str
    last_name: str
    email: str
    match: str = ""


@dataclass
class ImportRun:
    """What the last import counted."""

    scanned: int = 0
    inactive: int = 0
    incomplete: int = 0
    groups: int | None = None
    removed: list[str] = field(default_factory=list)
    stopped: str = ""
    users: list[Imported] = field(default_factory=list)


@dataclass
class Failure:
    """An armed, one-shot fault."""

    kind: str = ""
    minutes: int = 0


@dataclass
class App:
    """An app instance: `name` is the path segment between /app/ and /instance/, `key` the one of its SAML URLs."""

    id: str
    key: str
    name: str
    label: str
    kind_key: str
    sign_on: SignOn = field(default_factory=SignOn)
    integration: Integration = field(default_factory=Integration)
    to_app: ToApp = field(default_factory=ToApp)
    role: RoleAttribute = field(default_factory=RoleAttribute)
    people: dict[str, Assignment] = field(default_factory=dict)
    groups: dict[str, GroupAssignment] = field(default_factory=dict)
    pushes: dict[str, Push] = field(default_factory=dict)
    app_groups: list[AppGroup] = field(default_factory=list)
    import_run: ImportRun | None = None
    failure: Failure = field(default_factory=Failure)
    last_response: dict[str, str] = field(default_factory=dict)
    keys: list[SigningKey] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        """How this app talks."""
        return KINDS[self.kind_key]

    @property
    def issuer(self) -> str:
        """The SAML issuer: http, and constant for the app, as Okta's is."""
        return f"http://www.okta.com/{self.key}"

    @property
    def path(self) -> str:
        """The app's page in the admin console."""
        return f"/admin/app/{self.name}/instance/{self.id}"

    @property
    def sso_path(self) -> str:
        """Where sign-on begins, by Redirect or POST, or with no request at all."""
        return f"/app/{self.name}/{self.key}/sso/saml"

    @property
    def key_in_use(self) -> SigningKey:
        """The signing key that the metadata shows."""
        return next(key for key in self.keys if key.id == self.sign_on.key_id)

    def person_role(self, assignment: Assignment) -> str:
        """The role an assignment carries: its own, or its group's when the attribute is of type Group."""
        if assignment.scope == "group" and not assignment.role and self.role.scope == "group":
            return next((group.role for group in self.by_priority() if group.group == assignment.group), "")
        return assignment.role

    def by_priority(self) -> list[GroupAssignment]:
        """Group assignments, the deciding one first."""
        return sorted(self.groups.values(), key=lambda group: group.priority)
