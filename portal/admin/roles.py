"""Roles: those built in, and custom ones with the id that goes into Okta."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length

from portal.domain import members, retired, roles, roster, seats
from portal.domain.errors import DomainError, NotFound
from portal.domain.permissions import Permission
from portal.web.guards import needs

blueprint = Blueprint("roles", __name__)


class RoleForm(FlaskForm):
    """A custom role: its name, the built-in role it varies, the apps it may not see."""

    name = StringField(
        "Name", validators=[DataRequired("Enter a name."), Length(max=100, message="Enter a name of 100 characters at most.")]
    )
    base_role = RadioField("Base role", validate_choice=False, description="The permissions that the custom role starts from.")
    restricted_apps = SelectMultipleField(
        "Restricted apps", validate_choice=False, description="Members with this role do not see these apps."
    )

    def offer(self) -> RoleForm:
        """Fills in what the product offers, and leaves out apps when it has none."""
        profile = g.ctx.profile
        self.base_role.choices = [(role.key, role.name, role.about + (" Uses a seat." if role.paid else "")) for role in profile.roles]
        if profile.features.restricted_apps:
            self.restricted_apps.choices = [(app, app) for app in profile.features.restricted_apps]
        else:
            del self.restricted_apps
        return self

    def values(self) -> dict[str, Any]:
        """What was entered, for `domain.roles`."""
        apps = (self.restricted_apps.data or []) if "restricted_apps" in self else []
        return {"name": self.name.data or "", "base_role": self.base_role.data or "", "restricted_apps": apps}


@blueprint.get("/roles")
@needs(Permission.VIEW_MEMBERS)
def index() -> str:
    """Every role and how many members have it."""
    profile, counts = g.ctx.profile, roster.by_role(g.ctx)
    own = roles.custom_roles(g.ctx) if profile.features.custom_roles else []
    return render_template(
        "admin/roles/index.html",
        builtin=[(role, sum(counts.get((role.key, ""), {}).values())) for role in profile.roles],
        custom=[(role, _name(role.base_role), sum(counts.get((role.base_role, role.id), {}).values())) for role in own],
        retired=retired.roles_of(g.ctx),
        others=retired.others(g.ctx),
        nouns=retired.NOUNS,
    )


@blueprint.get("/roles/retired")
@needs(Permission.MANAGE_MEMBERS)
def ask_replace() -> str:
    """What members have and the product no longer offers, and what to give instead."""
    return _retired_page()


@blueprint.post("/roles/retired")
@needs(Permission.MANAGE_MEMBERS)
def replace() -> Any:
    """Gives everyone who has a retired role, user type or permission set another one."""
    kind, old, new = (request.form.get(name, "")[:100] for name in ("kind", "old", "new"))
    try:
        changed = retired.replace(g.ctx, kind, old, new)
    except DomainError as error:
        g.ctx.session.rollback()
        return _retired_page(f"{kind}:{old}", error.message), 422
    flash(f"{changed} {'member has' if changed == 1 else 'members have'} another {retired.NOUNS[kind]} now.", "success")
    return redirect(url_for("roles.ask_replace" if retired.of(g.ctx) else "roles.index"), 303)


@blueprint.get("/roles/new")
@needs(Permission.MANAGE_ROLES)
def new() -> str:
    """Asks for name, base role and apps."""
    _only_where_there_are_custom_roles()
    form = RoleForm().offer()
    form.base_role.data = g.ctx.profile.default_role
    return render_template("admin/roles/new.html", form=form)


@blueprint.post("/roles/new")
@needs(Permission.MANAGE_ROLES)
def create() -> Any:
    """Makes a custom role and shows its id."""
    _only_where_there_are_custom_roles()
    form = RoleForm().offer()
    if not form.validate_on_submit():
        return render_template("admin/roles/new.html", form=form), 422
    try:
        role = roles.create_custom(g.ctx, **form.values())
    except DomainError as error:
        _blame(form, error)
        return render_template("admin/roles/new.html", form=form), 422
    flash(f"{role.name} is created. Copy its id into Okta.", "success")
    return redirect(url_for("roles.show", role_id=role.id), 303)


@blueprint.get("/roles/<uuid:role_id>")
@needs(Permission.VIEW_MEMBERS)
def show(role_id: UUID) -> str:
    """One custom role, with its id to copy."""
    role = roles.get_custom(g.ctx, str(role_id))
    form = RoleForm(name=role.name, base_role=role.base_role, restricted_apps=role.restricted_apps).offer()
    return _page(role.id, role.name, form)


@blueprint.post("/roles/<uuid:role_id>")
@needs(Permission.MANAGE_ROLES)
def save(role_id: UUID) -> Any:
    """Changes a custom role, and with it everyone who has it."""
    role, form = roles.get_custom(g.ctx, str(role_id)), RoleForm().offer()
    key, name = role.id, role.name
    if not form.validate_on_submit():
        return _page(key, name, form), 422
    try:
        roles.update_custom(g.ctx, role, **form.values())
    except DomainError as error:
        g.ctx.session.rollback()
        _blame(form, error)
        return _page(key, name, form), 422
    flash(f"{role.name} is saved.", "success")
    return redirect(url_for("roles.show", role_id=role.id), 303)


@blueprint.get("/roles/<uuid:role_id>/delete")
@needs(Permission.MANAGE_ROLES)
def ask_delete(role_id: UUID) -> str:
    """Says what deleting does, or why it cannot be done yet."""
    role = roles.get_custom(g.ctx, str(role_id))
    return render_template("admin/roles/delete.html", role=role, having=roster.counted(g.ctx, roster.Filter(role=role.id)))


@blueprint.post("/roles/<uuid:role_id>/delete")
@needs(Permission.MANAGE_ROLES)
def delete(role_id: UUID) -> Any:
    """Deletes a custom role that nobody has."""
    role = roles.get_custom(g.ctx, str(role_id))
    name = role.name
    roles.delete_custom(g.ctx, role)
    flash(f"{name} is deleted.", "success")
    return redirect(url_for("roles.index"), 303)


def _page(role_id: str, name: str, form: RoleForm) -> str:
    having = roster.counted(g.ctx, roster.Filter(role=role_id))
    return render_template("admin/roles/show.html", role_id=role_id, name=name, form=form, having=having)


def _retired_page(wrong: str = "", problem: str = "") -> str:
    items = [
        (found, [(item.key, item.name) for item in retired.offered(g.ctx.profile, found.kind)], retired.some(g.ctx, found))
        for found in retired.of(g.ctx)
    ]
    return render_template(
        "admin/roles/retired.html",
        items=items,
        nouns=retired.NOUNS,
        label=members.label,
        wrong=wrong,
        problem=problem,
        free=seats.free(g.ctx),
    )


def _name(key: str) -> str:
    return g.ctx.profile.role(key).name if g.ctx.profile.has_role(key) else key


def _blame(form: RoleForm, error: DomainError) -> None:
    form[error.field if error.field in form else "name"].errors = [error.message]


def _only_where_there_are_custom_roles() -> None:
    if not g.ctx.profile.features.custom_roles:
        raise NotFound("This product has no custom roles.")
