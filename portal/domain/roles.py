"""Roles: built in by the profile, custom by the workspace."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from portal.domain import audit, directory, seats
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, NotAllowed, NotFound, Taken
from portal.domain.texts import called, fold, quoted
from portal.models import CustomRole, Member
from portal.profile import Profile


@dataclass(frozen=True)
class RoleChoice:
    """A role a member can have: the built-in `key`, and the custom role that varies it, if any."""

    key: str
    custom_id: str | None = None


def custom_roles(ctx: Context) -> list[CustomRole]:
    """The workspace's custom roles, by name."""
    query = select(CustomRole).where(CustomRole.workspace_id == ctx.workspace.id).order_by(CustomRole.name_folded)
    return list(ctx.session.scalars(query))


def get_custom(ctx: Context, role_id: str) -> CustomRole:
    """The workspace's custom role `role_id`; raises NotFound."""
    query = select(CustomRole).where(CustomRole.workspace_id == ctx.workspace.id, CustomRole.id == role_id)
    role = ctx.session.scalar(query)
    if role is None:
        raise NotFound("There is no such role.")
    return role


def built_in(profile: Profile, value: str) -> RoleChoice | None:
    """The built-in role whose key or name `value` is, in any letter case."""
    folded = fold(value.strip())
    return next((RoleChoice(role.key) for role in profile.roles if folded in (fold(role.key), fold(role.name))), None)


def resolve(ctx: Context, value: str, member: Member | None = None) -> RoleChoice:
    """The role that `value` names: a built-in role's key or name, or a custom role's id or name, in any letter case.

    What `member` has already is taken even when it is no longer offered: a client sends back what it read. Raises Invalid with the list
    of valid values.
    """
    if (choice := built_in(ctx.profile, value)) is not None:
        return choice
    folded = fold(value.strip())
    own = custom_roles(ctx) if ctx.profile.features.custom_roles else []
    for custom in own:
        if folded in (fold(custom.id), custom.name_folded):
            return RoleChoice(custom.base_role, custom.id)
    if member is not None and folded == fold(member.custom_role_id or member.role or ""):
        return RoleChoice(member.role, member.custom_role_id)
    valid = [role.key for role in ctx.profile.roles] + [f"{custom.id} ({custom.name})" for custom in own]
    raise Invalid(f"{quoted(value)} is not a role here. Valid values: {', '.join(valid)}.", field="role")


def name_of(ctx: Context, member: Member) -> str:
    """How pages name the member's role."""
    if member.custom_role_id:
        return get_custom(ctx, member.custom_role_id).name
    return ctx.profile.role(member.role).name if ctx.profile.has_role(member.role) else member.role


def _checked_fields(ctx: Context, name: str, base_role: str, apps: list[str], own: CustomRole | None) -> tuple[str, str, list[str]]:
    name = called(CustomRole, name, "Enter a name.")
    if any(fold(name) in (fold(role.key), fold(role.name)) for role in ctx.profile.roles):
        raise Taken(f"“{name}” is a built-in role. Choose another name.", field="name")
    if any(fold(name) == role.name_folded and role is not own for role in custom_roles(ctx)):
        raise Taken(f"There is a role “{name}” already.", field="name")
    if not ctx.profile.has_role(base_role):
        raise Invalid("Choose a base role.", field="base_role")
    unknown = [app for app in apps if app not in ctx.profile.features.restricted_apps]
    if unknown:
        raise Invalid(f"Unknown apps: {', '.join(unknown)}.", field="restricted_apps")
    return name, base_role, sorted(set(apps))


def create_custom(ctx: Context, *, name: str, base_role: str, restricted_apps: list[str]) -> CustomRole:
    """A new custom role; raises Invalid, Taken, or NotAllowed when the product has none."""
    if not ctx.profile.features.custom_roles:
        raise NotAllowed(f"{ctx.profile.product} has no custom roles.")
    lock(ctx)
    name, base_role, apps = _checked_fields(ctx, name, base_role, restricted_apps, None)
    role = CustomRole(
        workspace_id=ctx.workspace.id,
        name=name,
        name_folded=fold(name),
        base_role=base_role,
        restricted_apps=apps,
        created_at=ctx.now,
    )
    ctx.session.add(role)
    ctx.session.flush()
    audit.record(
        ctx,
        "role.created",
        ("role", role.id, name),
        after={"base_role": base_role, "restricted_apps": apps},
    )
    return role


def update_custom(
    ctx: Context,
    role: CustomRole,
    *,
    name: str,
    base_role: str,
    restricted_apps: list[str],
) -> None:
    """Changes a custom role and, with its base role, the seats of everyone who has it; raises Invalid, Taken, NoSeatLeft."""
    lock(ctx)
    name, base_role, apps = _checked_fields(ctx, name, base_role, restricted_apps, role)
    before = {
        "name": role.name,
        "base_role": role.base_role,
        "restricted_apps": role.restricted_apps,
    }
    if base_role != role.base_role:
        for member in ctx.session.scalars(
            select(Member).where(
                Member.workspace_id == ctx.workspace.id,
                Member.custom_role_id == role.id,
            )
        ):
            used, counted = seats.uses_seat(ctx.profile, role=member.role, active=member.active), directory.facet(member)
            member.role, member.version, member.modified_at = (
                base_role,
                member.version + 1,
                ctx.now,
            )
            seats.settle(ctx, member, used_before=used)
            directory.recount(ctx, counted, directory.facet(member))
    role.name, role.name_folded, role.base_role, role.restricted_apps = (
        name,
        fold(name),
        base_role,
        apps,
    )
    audit.record(
        ctx,
        "role.changed",
        ("role", role.id, name),
        before=before,
        after={"name": name, "base_role": base_role, "restricted_apps": apps},
    )


def delete_custom(ctx: Context, role: CustomRole) -> None:
    """Deletes a custom role nobody has; raises NotAllowed with the number of members otherwise."""
    lock(ctx)
    having = ctx.session.scalar(
        select(func.count()).where(
            Member.workspace_id == ctx.workspace.id,
            Member.custom_role_id == role.id,
            Member.status != "removed",
        )
    )
    if having:
        raise NotAllowed(f"{having} members have this role. Give them another one first.")
    for member in ctx.session.scalars(select(Member).where(Member.workspace_id == ctx.workspace.id, Member.custom_role_id == role.id)):
        member.custom_role_id = None
    audit.record(
        ctx,
        "role.deleted",
        ("role", role.id, role.name),
        before={"base_role": role.base_role},
    )
    ctx.session.delete(role)
