"""The one table of what a User and a Group consist of: filters, discovery, mapping and PATCH all read it.

Facts are those of RFC 7643 §3.1, §4.1, §4.2, §4.3 and §8.7; where the profile decides (role attribute, user types, required
attributes), `resources(profile)` says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from portal.models import Group, Member
from portal.profile import Profile

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class Attribute:
    """An attribute or sub-attribute with the characteristics of RFC 7643 §2.2 (names in Python's case), and where its value lives.

    One of: `column` of the model (`folded` its case-folded twin, if any); `computed`, a word that says how the value is made (see
    COMPUTED); or neither, then it stands in the JSON column `attributes` under its own names (`Found.path`). Texts stand on one line
    unless they are `multi_line` (RFC 7643 §4.1.2).
    """

    name: str
    type: str = "string"
    multi_valued: bool = False
    description: str = ""
    required: bool = False
    case_exact: bool = False
    mutability: str = "readWrite"
    returned: str = "default"
    uniqueness: str = "none"
    canonical_values: tuple[str, ...] = ()
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    column: str = ""
    folded: str = ""
    computed: str = ""
    multi_line: bool = False

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute `name` in any letter case, or None."""
        return next((item for item in self.sub_attributes if item.name.lower() == name.lower()), None)


COMPUTED = {
    "status": "boolean: the column `status` is active; the rows of removed members are never seen",
    "emails": "JSON at attributes.emails when SCIM gave them, its primary one kept in column `email`; else one made from `email`",
    "roles": "JSON at attributes.roles in the form received, else one made from the member's role; see mapping.role_values",
    "role": "the profile's top-level role attribute: `custom_role_id`, else `role`",
    "userType": "column `user_type`, a key of the profile's user types",
    "manager": "JSON under the extension in the form received; its text in column `manager`",
    "groups": "rows of group_members by member_id, joined with groups",
    "members": "rows of group_members by group_id, joined with members",
    "version": 'column `version` as W/"n"',
    "location": "the resource's URL",
    "resourceType": "the resource type's name",
    "schemas": "the URNs of the schemas the resource uses",
}


@dataclass(frozen=True)
class Extension:
    """A schema extension of a resource type; unknown extensions are kept too, without being listed."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True)
class Found:
    """What a SCIM path names: the attribute, the complex attribute around it (if a sub-attribute), the extension's URN (if in one)."""

    attribute: Attribute
    parent: Attribute | None = None
    extension: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        """Where the value stands in a document and, for attributes without column or computation, in the JSON column `attributes`."""
        names = (self.parent.name, self.attribute.name) if self.parent else (self.attribute.name,)
        return (self.extension, *names) if self.extension else names


@dataclass(frozen=True, eq=False)
class ResourceType:
    """User or Group as a profile shapes it: its endpoint (`/Users`), schema, table, attributes (common ones included) and extensions."""

    profile: Profile
    name: str
    endpoint: str
    urn: str
    description: str
    model: type[Member | Group]
    attributes: tuple[Attribute, ...]
    extensions: tuple[Extension, ...] = ()

    @cached_property
    def _by_path(self) -> dict[str, Found]:
        table: dict[str, Found] = {}
        for extension, attributes in [("", self.attributes), *((item.urn, item.attributes) for item in self.extensions)]:
            prefix = f"{extension}:".lower() if extension else ""
            for attribute in attributes:
                table[prefix + attribute.name.lower()] = Found(attribute, None, extension)
                for sub in attribute.sub_attributes:
                    table[f"{prefix}{attribute.name}.{sub.name}".lower()] = Found(sub, attribute, extension)
        return table

    def find(self, path: str) -> Found | None:
        """What `path` names, in any letter case, with or without the core schema's URN; None when it is unknown.

        Paths: `userName`, `name.givenName`, `urn:…:core:2.0:User:name.givenName`, `urn:…:enterprise:2.0:User:department`.
        """
        key = path.lower()
        core = f"{self.urn}:".lower()
        return self._by_path.get(key.removeprefix(core))

    def extension(self, urn: str) -> Extension | None:
        """The extension `urn` in any letter case, or None."""
        return next((item for item in self.extensions if item.urn.lower() == urn.lower()), None)

    def canonical(self, name: str) -> str:
        """`name` as the table writes it when it is a known top-level attribute or extension, otherwise as given."""
        found = self._by_path.get(name.lower())
        if found is not None and found.parent is None and not found.extension:
            return found.attribute.name
        extension = self.extension(name)
        return extension.urn if extension else self.urn if name.lower() == self.urn.lower() else name


@dataclass(frozen=True)
class Resources:
    """The resource types as one profile has them."""

    user: ResourceType
    group: ResourceType
    all: tuple[ResourceType, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Lists both."""
        object.__setattr__(self, "all", (self.user, self.group))

    def of(self, name: str) -> ResourceType | None:
        """The resource type by name (`User`) or endpoint (`Users`), in any letter case."""
        wanted = name.strip("/").lower()
        return next((item for item in self.all if wanted in (item.name.lower(), item.endpoint.strip("/").lower())), None)


def with_sub(attribute: Attribute, name: str, **changes: object) -> Attribute:
    """The attribute with its sub-attribute `name` changed."""
    subs = tuple(replace(item, **changes) if item.name == name else item for item in attribute.sub_attributes)  # type: ignore[arg-type]
    return replace(attribute, sub_attributes=subs)
