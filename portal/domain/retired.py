"""What members have and the profile no longer does: a role, a user type, one of its permission sets.

Members keep it until an admin gives everyone who has it another one. A retired role uses no seat and gives no rights.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.domain import audit, directory, seats
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, NoSeatLeft
from portal.models import CustomRole, Member, MemberCount, Workspace
from portal.profile import PermissionSet, Profile, Role, UserType

NOUNS = {"role": "role", "user_type": "user type", "permission_set": "permission set"}
SHOWN = 5
# Workspaces where this process saw a retired user type or permission set: these are not counted, as roles are, and only looked for there.
_SEEN: set[str] = set()


@dataclass(frozen=True)
class Retired:
    """`kind` is one of NOUNS; `value` the key that the profile lacks; `members` how many have it, `active` how many of them are active."""

    kind: str
    value: str
    members: int
    active: int


def offered(profile: Profile, kind: str) -> list[Role] | list[UserType] | list[PermissionSet]:
    """What the profile has instead; raises Invalid for an unknown kind."""
    match kind:
        case "role":
            return profile.roles
        case "user_type":
            return profile.user_types
        case "permission_set":
            return profile.permission_sets
    raise Invalid("Choose what to replace: a role, a user type or a permission set.")


def of(ctx: Context) -> list[Retired]:
    """What the workspace's members have and the profile lacks; reads all of the workspace's members."""
    return [found for _, found in _look(ctx.session, ctx.profile, ctx.workspace.id)]


def everywhere(session: Session, profile: Profile) -> list[tuple[str, Retired]]:
    """The same for every workspace, with its name."""
    return list(_look(session, profile, None))


def sentence(slug: str, found: Retired) -> str:
    """What the operator reads at the start and from `portal doctor`."""
    count = "1 member has" if found.members == 1 else f"{found.members} members have"
    return f"{slug}: {count} the {NOUNS[found.kind]} “{found.value}”, which the profile lacks: an admin gives another one on the Roles page"


def plans(session: Session, profile: Profile) -> list[tuple[str, str]]:
    """Workspaces on a plan that the profile lacks, by name, with what the operator reads at the start and from `portal doctor`."""
    known = [plan.key for plan in profile.plans]
    query = select(Workspace.slug, Workspace.plan).where(Workspace.plan.not_in(known)).order_by(Workspace.slug)
    how = "it allows neither SSO nor SCIM until another is given by"
    return [
        (slug, f"{slug} has the plan “{plan}”, which the profile lacks: {how} portal workspace set {slug} --plan {'|'.join(known)}")
        for slug, plan in session.execute(query)
    ]


def roles_of(ctx: Context) -> list[tuple[str, int]]:
    """Retired roles and how many have each, from the counts: costs the same at any size."""
    known = [role.key for role in ctx.profile.roles]
    total = func.sum(MemberCount.members)
    query = select(MemberCount.role, total).where(MemberCount.workspace_id == ctx.workspace.id, MemberCount.role.not_in(known))
    found = ctx.session.execute(query.group_by(MemberCount.role).having(total > 0).order_by(MemberCount.role))
    return [(role, int(members)) for role, members in found]


def others(ctx: Context) -> list[Retired]:
    """Retired user types and permission sets; costs nothing where none were seen at the start of the process or on the page of all."""
    if ctx.workspace.id not in _SEEN:
        return []
    _SEEN.discard(ctx.workspace.id)
    return [found for found in of(ctx) if found.kind != "role"]


def lacking(profile: Profile, member: Member) -> list[tuple[str, str]]:
    """What the member has and the profile lacks: pairs of one of NOUNS and the key."""
    pairs = [(kind, getattr(member, kind), [item.key for item in offered(profile, kind)]) for kind in NOUNS]
    return [(kind, value) for kind, value, known in pairs if known and value and value not in known]


def some(ctx: Context, found: Retired) -> list[Member]:
    """The first SHOWN members who have it."""
    own = Member.workspace_id == ctx.workspace.id, getattr(Member, found.kind) == found.value, Member.status != "removed"
    return list(ctx.session.scalars(select(Member).where(*own).order_by(Member.seq).limit(SHOWN)))


def replace(ctx: Context, kind: str, old: str, new: str) -> int:
    """Gives everyone who has the retired `old` the offered `new`, custom roles that stand on it too; how many members that were.

    Raises Invalid, or NoSeatLeft when it takes more seats than are free: then nobody is changed.
    """
    lock(ctx)
    keys = [item.key for item in offered(ctx.profile, kind)]
    if old in keys:
        raise Invalid(f"“{old}” is still offered, so it is changed for each member by itself.", field="old")
    if new not in keys:
        raise Invalid(f"Choose the {NOUNS[kind]} to give instead.", field="new")
    own = Member.workspace_id == ctx.workspace.id, getattr(Member, kind) == old, Member.status != "removed"
    statement = update(Member).where(*own).values({kind: new, "version": Member.version + 1, "modified_at": ctx.now})
    if kind == "role":
        _take_seats(ctx, old, new)
        custom = update(CustomRole).where(CustomRole.workspace_id == ctx.workspace.id, CustomRole.base_role == old)
        ctx.session.execute(custom.values(base_role=new))
        directory.move_counts(ctx, old, new)
    changed: int = ctx.session.execute(statement).rowcount  # type: ignore[attr-defined]
    ctx.session.flush()
    ctx.session.expire_all()
    subject = ("role" if kind == "role" else "workspace", None, f"{NOUNS[kind]} {old}")
    audit.record(ctx, "role.replaced", subject, before={kind: old}, after={kind: new, "members": changed})
    return changed


def _take_seats(ctx: Context, old: str, new: str) -> None:
    query = select(func.coalesce(func.sum(MemberCount.members), 0)).where(
        MemberCount.workspace_id == ctx.workspace.id, MemberCount.role == old, MemberCount.status == "active"
    )
    needed = int(ctx.session.scalar(query) or 0) if ctx.profile.role(new).paid else 0
    free = seats.free(ctx)
    if needed and free is not None and needed > free:
        raise NoSeatLeft(
            f"{seats.REFUSAL}: {needed} active members would each use a seat, and {free} are free. "
            "Add seats, deactivate members, or choose a role that uses none.",
            field="new",
        )
    ctx.workspace.seats_used += needed


def _look(session: Session, profile: Profile, workspace_id: str | None) -> Iterable[tuple[str, Retired]]:
    for kind in NOUNS:
        column, known = getattr(Member, kind), [item.key for item in offered(profile, kind)]
        if not known:
            continue  # a product without permission sets shows none, and has nothing to give instead
        active = func.count().filter(Member.status == "active")
        query = select(Workspace.id, Workspace.slug, column, func.count(), active).join(Workspace, Workspace.id == Member.workspace_id)
        query = query.where(column.is_not(None), column.not_in(known), Member.status != "removed")
        if workspace_id is not None:
            query = query.where(Member.workspace_id == workspace_id)
        query = query.group_by(Workspace.id, Workspace.slug, column).order_by(Workspace.slug, column)
        for key, slug, value, count, awake in session.execute(query):
            if kind != "role":
                _SEEN.add(key)
            yield slug, Retired(kind, value, count, awake)
