"""Members: found, added, edited, deactivated; what Okta manages is locked here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from portal.admin.member_forms import MemberForm
from portal.domain import directory, groups, history, links, members, roles, roster, seats, sessions
from portal.domain.errors import DomainError, Invalid, LastOwner, Locked, NoSeatLeft, NotFound
from portal.domain.permissions import Permission
from portal.models import Member
from portal.web.guards import needs
from portal.web.tenancy import workspace_url

blueprint = Blueprint("members", __name__)


@blueprint.get("/members")
@needs(Permission.VIEW_MEMBERS)
def index() -> str:
    """A page of the members, narrowed by the address."""
    asked = request.args
    narrow = roster.Filter(asked.get("q", "")[:200], asked.get("role", "")[:64], asked.get("status", "")[:20], asked.get("source", "")[:20])
    found = roster.find(g.ctx, narrow, before=asked.get("before", ""), after=asked.get("after", ""))
    kept: dict[str, Any] = {key: value for key, value in asked.items() if key in ("q", "role", "status", "source") and value}
    names = _role_names()
    return render_template(
        "admin/members/index.html",
        rows=[_described(member, names) for member in found.page.rows],
        found=found,
        narrow=narrow,
        kept=kept,
        roles=[("", "All"), *names.items()],
        previous=url_for("members.index", before=found.page.before, **kept) if found.page.before else None,
        next=url_for("members.index", after=found.page.after, **kept) if found.page.after else None,
    )


@blueprint.get("/members/new")
@needs(Permission.MANAGE_MEMBERS)
def new() -> str:
    """Asks who to add."""
    form = MemberForm().offer(g.ctx)
    form.role.data = g.ctx.profile.default_role
    return render_template("admin/members/new.html", form=form)


@blueprint.post("/members/new")
@needs(Permission.MANAGE_MEMBERS)
def add() -> Any:
    """Adds a member by hand and shows the invitation link to hand over."""
    form = MemberForm().offer(g.ctx)
    if not form.validate_on_submit():
        return render_template("admin/members/new.html", form=form), 422
    try:
        changes = {name: value for name, value in form.changes().items() if value != ""}
        member = members.create(g.ctx, changes, source="manual")
    except DomainError as error:
        form.blame(error)
        return render_template("admin/members/new.html", form=form), 422
    return _link(member, "invitation")


@blueprint.get("/members/<member_id>")
@needs(Permission.VIEW_MEMBERS)
def show(member_id: str) -> str:
    """One member."""
    member = members.get(g.ctx, member_id, removed=True)
    return _page(member, MemberForm().offer(g.ctx).show(member))


@blueprint.post("/members/<member_id>")
@needs(Permission.MANAGE_MEMBERS)
def save(member_id: str) -> Any:
    """Saves what was entered; a managed field that was sent all the same is refused."""
    member = members.get(g.ctx, member_id)
    form = MemberForm().offer(g.ctx)
    managed = members.is_managed(g.ctx, member)
    try:
        if managed:
            sent = {name: value for name, value in form.changes().items() if name in request.form}
            members.refuse_managed(g.ctx, member, sent)
        elif not form.validate_on_submit():
            return _page(member, form), 422
        members.update_member(g.ctx, member, form.changes(managed=managed))
    except (Invalid, NoSeatLeft, LastOwner, Locked, DomainError) as error:
        g.ctx.session.rollback()
        form.blame(error)
        return _page(members.get(g.ctx, member_id), form), 422
    flash(f"{members.label(member)} is saved.", "success")
    return redirect(url_for("members.show", member_id=member.id), 303)


@blueprint.get("/members/<member_id>/<verb>")
@needs(Permission.MANAGE_MEMBERS)
def ask(member_id: str, verb: str) -> str:
    """Says what deactivating, reactivating or a new password link does."""
    member = members.get(g.ctx, member_id)
    if verb not in ("deactivate", "reactivate", "password"):
        raise NotFound("There is nothing at this address.")
    return render_template("admin/members/confirm.html", person=member, label=members.label(member), verb=verb)


@blueprint.post("/members/<member_id>/deactivate")
@needs(Permission.MANAGE_MEMBERS)
def deactivate(member_id: str) -> Any:
    """Ends the member's sessions and frees the seat."""
    return _switch(members.get(g.ctx, member_id), active=False)


@blueprint.post("/members/<member_id>/reactivate")
@needs(Permission.MANAGE_MEMBERS)
def reactivate(member_id: str) -> Any:
    """Lets the member sign in again."""
    return _switch(members.get(g.ctx, member_id), active=True)


@blueprint.post("/members/<member_id>/password")
@needs(Permission.MANAGE_MEMBERS)
def password(member_id: str) -> Any:
    """Shows a link for a new password, to hand over."""
    return _link(members.get(g.ctx, member_id), "reset")


@blueprint.post("/members/<member_id>/sessions/end")
@needs(Permission.MANAGE_MEMBERS)
def end_sessions(member_id: str) -> Any:
    """Signs the member out everywhere."""
    member = members.get(g.ctx, member_id)
    count = sessions.end_all(g.ctx, member, "ended-by-admin")
    flash(f"{members.label(member)} is signed out of {count} {'browser' if count == 1 else 'browsers'}.", "success")
    return redirect(url_for("members.show", member_id=member.id), 303)


@blueprint.post("/members/<member_id>/owner")
@needs(Permission.MANAGE_OWNERS)
def owner(member_id: str) -> Any:
    """Makes the member an owner, or takes that away."""
    member = members.get(g.ctx, member_id)
    on = request.form.get("on") == "1"
    try:
        members.update_member(g.ctx, member, {"owner": on})
    except LastOwner as error:
        g.ctx.session.rollback()
        flash(error.message, "error")
        return redirect(url_for("members.show", member_id=member_id), 303)
    flash(f"{members.label(member)} is {'an owner now' if on else 'no owner any more'}.", "success")
    return redirect(url_for("members.show", member_id=member_id), 303)


def _switch(member: Member, *, active: bool) -> Any:
    member_id, label = member.id, members.label(member)
    try:
        members.refuse_managed(g.ctx, member, {"active": active})
        members.update_member(g.ctx, member, {"active": active})
    except DomainError as error:
        g.ctx.session.rollback()
        flash(error.message, "error")
        return redirect(url_for("members.show", member_id=member_id), 303)
    flash(f"{label} is {'active again' if active else 'deactivated'}.", "success")
    return redirect(url_for("members.show", member_id=member_id), 303)


def _link(member: Member, purpose: str) -> str:
    url = workspace_url(g.workspace, f"/set-password/{links.make(g.ctx, member, purpose)}")
    return render_template("admin/members/link.html", person=member, label=members.label(member), url=url, purpose=purpose)


def _role_names() -> dict[str, str]:
    return {item.key: item.name for item in g.ctx.profile.roles} | {item.id: item.name for item in roles.custom_roles(g.ctx)}


def _described(member: Member, names: dict[str, str]) -> dict[str, Any]:
    return {
        "member": member,
        "label": members.label(member),
        "role": names.get(member.custom_role_id or member.role, member.role),
        "seat": seats.uses_seat(g.ctx.profile, role=member.role, active=member.active),
        "origin": directory.origin(member),
    }


def _page(member: Member, form: MemberForm) -> str:
    listing = history.listing(g.ctx, history.Narrow(subject_id=member.id))
    return render_template(
        "admin/members/show.html",
        form=form,
        person=member,
        managed=members.is_managed(g.ctx, member),
        locked=members.MANAGED_FIELDS,
        groups=groups.of_member(g.ctx, member),
        live=sessions.live(g.ctx, member),
        history=[(entry, history.sentence(entry)) for entry in listing.page(g.ctx, size=10).rows],
        **{key: value for key, value in _described(member, _role_names()).items() if key != "member"},
    )
