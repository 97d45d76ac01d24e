"""Groups: listed, made and renamed by hand, filled with members; what Okta pushes is locked here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from portal.domain import group_lists, groups, members
from portal.domain.errors import DomainError, Invalid, NotFound
from portal.domain.permissions import Permission
from portal.domain.telling import Name
from portal.models import Group
from portal.web.guards import needs
from portal.web.names import say

blueprint = Blueprint("groups", __name__)


@blueprint.before_request
def only_where_there_are_groups() -> None:
    """Every address under /groups answers 404 in a product without groups."""
    if not current_app.config["PROFILE"].features.groups:
        raise NotFound("This product has no groups.")


class GroupForm(FlaskForm):
    """A group's name."""

    display_name = StringField(
        "Name",
        validators=[DataRequired("Enter a name."), Length(max=400, message="Enter a name of 400 characters at most.")],
    )


@blueprint.get("/groups")
@needs(Permission.VIEW_MEMBERS)
def index() -> str:
    """A page of the groups, by name."""
    text = request.args.get("q", "")[:200]
    found = group_lists.find(g.ctx, text, before=request.args.get("before", ""), after=request.args.get("after", ""))
    kept: dict[str, Any] = {"q": text} if text else {}
    return render_template(
        "admin/groups/index.html",
        found=found,
        text=text,
        managed={group.id for group in found.page.rows if groups.is_managed(g.ctx, group)},
        previous=url_for("groups.index", before=found.page.before, **kept) if found.page.before else None,
        next=url_for("groups.index", after=found.page.after, **kept) if found.page.after else None,
    )


@blueprint.get("/groups/new")
@needs(Permission.MANAGE_MEMBERS)
def new() -> str:
    """Asks for a name."""
    return render_template("admin/groups/new.html", form=GroupForm())


@blueprint.post("/groups/new")
@needs(Permission.MANAGE_MEMBERS)
def create() -> Any:
    """Makes an empty group."""
    form = GroupForm()
    if not form.validate_on_submit():
        return render_template("admin/groups/new.html", form=form), 422
    try:
        group = groups.create(g.ctx, {"display_name": (form.display_name.data or "").strip()})
    except DomainError as error:
        form.display_name.errors = [error.message]
        return render_template("admin/groups/new.html", form=form), 422
    say(Name(group.display_name), " is created.")
    return redirect(url_for("groups.show", group_id=group.id), 303)


@blueprint.get("/groups/<uuid:group_id>")
@needs(Permission.VIEW_MEMBERS)
def show(group_id: UUID) -> str:
    """One group, who is in it, and who could be added."""
    group = groups.get(g.ctx, str(group_id))
    return _page(group, GroupForm(display_name=group.display_name))


@blueprint.post("/groups/<uuid:group_id>")
@needs(Permission.MANAGE_MEMBERS)
def rename(group_id: UUID) -> Any:
    """Gives the group another name."""
    group, form = groups.get(g.ctx, str(group_id)), GroupForm()
    if not form.validate_on_submit():
        return _page(group, form), 422
    try:
        groups.refuse_managed(g.ctx, group)
        groups.update_group(g.ctx, group, {"display_name": (form.display_name.data or "").strip()})
    except DomainError as error:
        form.display_name.errors = [error.message]
        return _page(group, form), 422
    say(Name(group.display_name), " is saved.")
    return redirect(url_for("groups.show", group_id=group.id), 303)


@blueprint.post("/groups/<uuid:group_id>/members/add")
@needs(Permission.MANAGE_MEMBERS)
def add(group_id: UUID) -> Any:
    """Puts a member into the group."""
    return _change(group_id, groups.add_members, "is added")


@blueprint.post("/groups/<uuid:group_id>/members/remove")
@needs(Permission.MANAGE_MEMBERS)
def take_out(group_id: UUID) -> Any:
    """Takes a member out of the group."""
    return _change(group_id, groups.remove_members, "is removed")


@blueprint.get("/groups/<uuid:group_id>/delete")
@needs(Permission.MANAGE_MEMBERS)
def ask_delete(group_id: UUID) -> str:
    """Says what deleting does."""
    group = groups.get(g.ctx, str(group_id))
    groups.refuse_managed(g.ctx, group)
    return render_template("admin/groups/delete.html", group=group, size=groups.count(g.ctx, group))


@blueprint.post("/groups/<uuid:group_id>/delete")
@needs(Permission.MANAGE_MEMBERS)
def delete(group_id: UUID) -> Any:
    """Deletes the group; its members stay."""
    group = groups.get(g.ctx, str(group_id))
    groups.refuse_managed(g.ctx, group)
    groups.remove(g.ctx, group)
    say(Name(group.display_name), " is deleted.")
    return redirect(url_for("groups.index"), 303)


def _change(group_id: UUID, verb: Any, what: str) -> Any:
    group = groups.get(g.ctx, str(group_id))
    groups.refuse_managed(g.ctx, group)
    member = members.get(g.ctx, _member_id())
    verb(g.ctx, group, [member.id])
    say(Name(members.label(member)), f" {what}.")
    return redirect(url_for("groups.show", group_id=group.id), 303)


def _member_id() -> str:
    try:
        return str(UUID(request.form.get("member", "")))
    except ValueError:
        raise Invalid("Choose a member from the list.", field="member") from None


def _page(group: Group, form: GroupForm) -> str:
    text = request.args.get("q", "").strip()[:200]
    with g.ctx.session.no_autoflush:
        page = group_lists.members_of(g.ctx, group, before=request.args.get("before", ""), after=request.args.get("after", ""))
        return render_template(
            "admin/groups/show.html",
            group=group,
            form=form,
            managed=groups.is_managed(g.ctx, group),
            size=groups.count(g.ctx, group),
            people=[(member, members.label(member)) for member in page.rows],
            text=text,
            candidates=[(member, members.label(member)) for member in group_lists.candidates(g.ctx, group, text)] if text else [],
            previous=url_for("groups.show", group_id=group.id, before=page.before) if page.before else None,
            next=url_for("groups.show", group_id=group.id, after=page.after) if page.after else None,
        )
