"""The resource types as a profile shapes them: where the role stands, which user types there are, what is required."""

from __future__ import annotations

import re
from dataclasses import replace

from portal.models import Group, Member
from portal.profile import Profile
from portal.scim.attributes import ENTERPRISE_URN, GROUP_URN, USER_URN, Attribute, Extension, Resources, ResourceType, with_sub
from portal.scim.schema_group import GROUP
from portal.scim.schema_user import ENTERPRISE, USER

_REQUIRED = {"userName": "userName", "email": "emails", "givenName": "name", "familyName": "name"}


def build(profile: Profile) -> Resources:
    """The User and the Group of a product."""
    user = ResourceType(
        profile,
        "User",
        "/Users",
        USER_URN,
        "A member of the workspace.",
        Member,
        _user_attributes(profile),
        (Extension(ENTERPRISE_URN, "Enterprise user", "What a company knows about the member.", ENTERPRISE),),
    )
    noun = profile.words.group
    group = ResourceType(profile, "Group", "/Groups", GROUP_URN, f"A {noun} of the workspace.", Group, GROUP)
    return Resources(user, group)


def role_attribute(profile: Profile) -> str:
    """The top-level attribute in which the profile looks for the role: `roles`, `permissionsRole`."""
    match = re.match(r"[A-Za-z][A-Za-z0-9_-]*", profile.scim.role_attribute)
    return match.group() if match else "roles"


def models_user_types(profile: Profile) -> bool:
    """Whether the product tells kinds of members apart; with a single kind `userType` is a text that is kept as received."""
    return len(profile.user_types) > 1


def _user_attributes(profile: Profile) -> tuple[Attribute, ...]:
    required = {_REQUIRED[name] for name in profile.scim.required}
    role, keys = role_attribute(profile), tuple(item.key for item in profile.roles)
    result = []
    for plain in USER:
        attribute = replace(plain, required=True) if plain.name in required else plain
        if attribute.name == "name":
            for sub in ("givenName", "familyName"):
                attribute = with_sub(attribute, sub, required=sub in profile.scim.required)
        elif attribute.name == "emails":
            attribute = with_sub(attribute, "value", required="email" in profile.scim.required)
        elif attribute.name == "userType" and models_user_types(profile):
            allowed = tuple(item.key for item in profile.user_types if item.scim)
            attribute = replace(attribute, computed="userType", canonical_values=allowed)
        elif attribute.name == role == "roles":
            attribute = with_sub(replace(attribute, computed="roles", description=_about_role(profile)), "value", canonical_values=keys)
        result.append(attribute)
    if role != "roles":
        result.append(Attribute(role, computed="role", canonical_values=keys, description=_about_role(profile)))
    return tuple(result)


def _about_role(profile: Profile) -> str:
    custom = ", or the id of a custom role" if profile.features.custom_roles else ""
    return f"The member's role in {profile.product}: one of the canonical values{custom}; {profile.default_role} when none is given."
