"""Who may do what: one enum with a sentence each, one map."""

from __future__ import annotations

from enum import StrEnum

from portal.models import Member
from portal.profile import Profile


class Permission(StrEnum):
    """What a member of a workspace may do."""

    VIEW_WORKSPACE = "View the workspace's home page and one's own account."
    VIEW_MEMBERS = "See members, groups, roles and seats."
    MANAGE_MEMBERS = "Add, edit, deactivate and reactivate members and groups."
    MANAGE_ROLES = "Create, change and delete custom roles."
    MANAGE_OWNERS = "Make members owners, or take that away."
    MANAGE_SSO = "Set up SAML and say whether it is required."
    MANAGE_PROVISIONING = "Switch SCIM, make tokens, register clients, authorize and disconnect apps, and say how long the log is kept."
    VIEW_LOGS = "Read and export the provisioning log, the audit log and refused sign-ins."


MEMBER = frozenset({Permission.VIEW_WORKSPACE})
ADMIN = frozenset(Permission) - {Permission.MANAGE_OWNERS}
OWNER = frozenset(Permission)


def sentence(permission: Permission, profile: Profile) -> str:
    """What the permission allows, in the product's words."""
    if profile.features.groups:
        return permission.value.replace("groups", profile.words.groups)
    return permission.value.replace(", groups", "").replace(" and groups", "")


def permissions_of(member: Member, profile: Profile) -> frozenset[Permission]:
    """What `member` may do: nothing unless active; all for an owner; by whether its role administers otherwise."""
    if not member.active:
        return frozenset()
    if member.owner:
        return OWNER
    if profile.has_role(member.role) and profile.role(member.role).administers:
        return ADMIN
    return MEMBER
