"""Scopes: what a token may do, with the sentence the consent page shows."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from portal.domain.errors import Invalid
from portal.profile import Profile


class Scope(StrEnum):
    """A right of a SCIM token; the values are what clients ask for."""

    USERS_READ = "scim:users:read"
    USERS_WRITE = "scim:users:write"
    GROUPS_READ = "scim:groups:read"
    GROUPS_WRITE = "scim:groups:write"


_SENTENCES = {
    Scope.USERS_READ: "See the members of this workspace.",
    Scope.USERS_WRITE: "Add, change, deactivate and reactivate members.",
    Scope.GROUPS_READ: "See {groups} and who is in them.",
    Scope.GROUPS_WRITE: "Create, rename and delete {groups}, and change who is in them.",
}
ALL = [scope.value for scope in Scope]


def sentence(scope: str, profile: Profile) -> str:
    """What the scope lets a token do, in the product's words."""
    return _SENTENCES[Scope(scope)].format(groups=profile.words.groups)


def offered(profile: Profile) -> list[str]:
    """The scopes that open something in this product."""
    return [scope.value for scope in Scope if profile.scim.groups or not scope.value.startswith("scim:groups:")]


def check(values: Iterable[str]) -> list[str]:
    """The scopes in their usual order; raises Invalid that lists the valid ones."""
    given = set(values)
    unknown = sorted(given - set(ALL))
    if unknown:
        raise Invalid(
            f"Unknown scope: {', '.join(unknown)}. Valid scopes: {', '.join(ALL)}.",
            field="scope",
        )
    return [scope for scope in ALL if scope in given]
