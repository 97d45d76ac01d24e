"""What a directory manages of a member, and that people leave it alone meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain import details, members, provisioning
from portal.domain.context import Context
from portal.domain.errors import Locked
from portal.domain.telling import Name, told
from portal.models import Member

# What the directory manages: locked for people while SCIM is on. Cost rate, permission set and ownership stay the portal's.
MANAGED_FIELDS = frozenset(details.PROFILE_FIELDS) | {"role", "user_type", "active"}


def is_managed(ctx: Context, member: Member) -> bool:
    """Whether a directory manages the member just now: provisioned, and SCIM is on."""
    return member.provisioned and provisioning.is_on(ctx)


def refuse_changes(ctx: Context, member: Member, changes: Mapping[str, Any]) -> None:
    """Raises Locked when a person would change what the directory manages."""
    if is_managed(ctx, member):
        locked = sorted(field for field in changes if field in MANAGED_FIELDS and changes[field] != current(member, field))
        if locked:
            raise Locked(
                told(Name(members.label(member)), " is managed by Okta. Change this in Okta; it arrives here by itself."),
                field=locked[0],
            )


def current(member: Member, field: str) -> Any:
    """What the member has under the key that a change names it by."""
    if field == "role":
        return member.custom_role_id or member.role
    return member.active if field == "active" else getattr(member, field)
