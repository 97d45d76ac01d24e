"""The attributes of a Group (RFC 7643 §3.1, §4.2)."""

from __future__ import annotations

from portal.scim.attributes import Attribute
from portal.scim.schema_user import EXTERNAL_ID, ID, META, SCHEMAS

GROUP = (
    SCHEMAS,
    ID,
    EXTERNAL_ID,
    META,
    Attribute(
        "displayName",
        required=True,
        uniqueness="server",
        column="display_name",
        folded="display_name_folded",
        description="The group's name; unique in the workspace in any letter case.",
    ),
    Attribute(
        "members",
        "complex",
        multi_valued=True,
        computed="members",
        description="Who is in the group.",
        sub_attributes=(
            Attribute("value", case_exact=True, mutability="immutable", description="The member's id."),
            Attribute(
                "$ref", "reference", case_exact=True, mutability="immutable", reference_types=("User",), description="The member's address."
            ),
            Attribute("type", mutability="immutable", canonical_values=("User",), description="Always User: groups hold no groups."),
            Attribute(
                "display",
                mutability="readOnly",
                returned="request",
                description="The member's name; only when asked for, so that large groups stay cheap.",
            ),
        ),
    ),
)
