"""Members: found, added, edited, deactivated; what Okta manages is locked here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from portal.admin import browsers, member_links
from portal.admin.member_forms import MemberForm
from portal.domain import (
    by_hand,
    directory,
    groups,
    history,
    managed,
    members,
    outbox,
    passwords,
    provisioning,
    retired,
    roles,
    roster,
    seats,
    sessions,
)
from portal.domain.errors import DomainError, NotFound
from portal.domain.permissions import Permission
from portal.domain.telling import Name
from portal.models import Member
from portal.web import mailer
from portal.web.guards import needs
from portal.web.names import say

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
        roles=[("", "All"), *names.items(), *((key, f"{key} (no longer offered)") for key, _ in retired.roles_of(g.ctx))],
        previous=url_for("members.index", before=found.page.before, **kept) if found.page.before else None,
        next=url_for("members.index", after=found.page.after, **kept) if found.page.after else None,
    )


@blueprint.get("/members/new")
@needs(Permission.MANAGE_MEMBERS)
def new() -> str:
    """Asks who to add."""
    form = MemberForm().offer(g.ctx).suggest(g.ctx.profile)
    return render_template("admin/members/new.html", form=form, mails=mailer.is_on())


@blueprint.post("/members/new")
@needs(Permission.MANAGE_MEMBERS)
def add() -> Any:
    """Adds a member by hand, and invites by mail or shows the link to hand over."""
    form = MemberForm().offer(g.ctx)
    if not form.validate_on_submit():
        return render_template("admin/members/new.html", form=form, mails=mailer.is_on()), 422
    try:
        changes = {name: value for name, value in form.changes().items() if value != ""}
        member = members.create(g.ctx, changes, source="manual")
    except DomainError as error:
        g.ctx.session.rollback()
        form.blame(error)
        return render_template("admin/members/new.html", form=form, mails=mailer.is_on()), 422
    if passwords.allowed(g.ctx, member):
        return member_links.give(member, "invitation")
    say(Name(members.label(member)), " is added and signs in with Okta.")
    return redirect(url_for("members.show", member_id=member.id), 303)


@blueprint.get("/members/<uuid:member_id>")
@needs(Permission.VIEW_MEMBERS)
def show(member_id: UUID) -> str:
    """One member."""
    member = members.get(g.ctx, str(member_id), removed=True)
    return _page(member, MemberForm().offer(g.ctx, member).show(member))


@blueprint.post("/members/<uuid:member_id>")
@needs(Permission.MANAGE_MEMBERS)
def save(member_id: UUID) -> Any:
    """Saves what was entered; a managed field that was sent all the same is refused."""
    member = members.get(g.ctx, str(member_id))
    form = MemberForm().offer(g.ctx, member)
    if not managed.is_managed(g.ctx, member) and not form.validate_on_submit():
        return _page(member, form.show(member, request.form)), 422
    try:
        by_hand.edit(g.ctx, member, {name: value for name, value in form.changes().items() if name in request.form})
    except DomainError as error:
        g.ctx.session.rollback()
        form.blame(error)
        member = members.get(g.ctx, str(member_id))
        return _page(member, form.show(member, request.form)), 422
    say(Name(members.label(member)), " is saved.")
    return redirect(url_for("members.show", member_id=member.id), 303)


@blueprint.get("/members/<uuid:member_id>/<any(deactivate, reactivate, password, owner):verb>")
@needs(Permission.MANAGE_MEMBERS)
def ask(member_id: UUID, verb: str) -> str:
    """Says what deactivating, reactivating, a new password link or ownership does."""
    return _confirm(members.get(g.ctx, str(member_id)), verb)


@blueprint.post("/members/<uuid:member_id>/<any(deactivate, reactivate):verb>")
@needs(Permission.MANAGE_MEMBERS)
def switch(member_id: UUID, verb: str) -> Any:
    """Ends the member's sessions and frees the seat, or lets the member sign in again."""
    return _done(member_id, verb, "is active again." if verb == "reactivate" else "is deactivated.", active=verb == "reactivate")


@blueprint.post("/members/<uuid:member_id>/owner")
@needs(Permission.MANAGE_OWNERS)
def owner(member_id: UUID) -> Any:
    """Makes the member an owner, or takes that away."""
    on = request.form.get("on") == "1"
    return _done(member_id, "owner", "is an owner now." if on else "is no owner any more.", owner=on)


@blueprint.post("/members/<uuid:member_id>/password")
@needs(Permission.MANAGE_MEMBERS)
def password(member_id: UUID) -> Any:
    """Mails a link for a new password, or shows it to hand over."""
    member = members.get(g.ctx, str(member_id))
    try:
        return member_links.give(member, "reset", hand_over="hand_over" in request.form)
    except DomainError as error:
        return _confirm(member, "password", error.message), 422


@blueprint.post("/members/<uuid:member_id>/sessions/end")
@needs(Permission.MANAGE_MEMBERS)
def end_sessions(member_id: UUID) -> Any:
    """Signs the member out everywhere."""
    member = members.get(g.ctx, str(member_id))
    count = by_hand.end_sessions(g.ctx, member)
    say(Name(members.label(member)), f" is signed out of {count} {'browser' if count == 1 else 'browsers'}.")
    return redirect(url_for("members.show", member_id=member.id), 303)


@blueprint.post("/members/<uuid:member_id>/sessions/<uuid:session_id>/end")
@needs(Permission.MANAGE_MEMBERS)
def end_session(member_id: UUID, session_id: UUID) -> Any:
    """Signs the member out of one browser."""
    member = members.get(g.ctx, str(member_id))
    session = next((found for found in sessions.live(g.ctx, member) if found.id == str(session_id)), None)
    if session is None:
        raise NotFound("There is no such session.")
    by_hand.end_session(g.ctx, session, member)
    say(Name(members.label(member)), " is signed out of the browser.")
    return redirect(url_for("members.show", member_id=member.id), 303)


@blueprint.get("/members/deactivate", defaults={"verb": "deactivate"})
@blueprint.get("/members/reactivate", defaults={"verb": "reactivate"})
@needs(Permission.MANAGE_MEMBERS)
def ask_all(verb: str) -> str:
    """Counts whom it would reach, and says who stays as they are."""
    return _confirm_all(verb, _chosen(request.args.getlist("member")))


@blueprint.post("/members/deactivate", defaults={"verb": "deactivate"})
@blueprint.post("/members/reactivate", defaults={"verb": "reactivate"})
@needs(Permission.MANAGE_MEMBERS)
def switch_all(verb: str) -> Any:
    """Deactivates or reactivates those who were chosen, all or none."""
    ids = request.form.getlist("member")
    try:
        count = by_hand.switch_all(g.ctx, roster.ready(g.ctx, _chosen(ids)), active=verb == "reactivate")
    except DomainError as error:
        g.ctx.session.rollback()
        return _confirm_all(verb, _chosen(ids), error.message), 422
    flash(f"{count} {'member is' if count == 1 else 'members are'} {'active again' if verb == 'reactivate' else 'deactivated'}.", "success")
    return redirect(url_for("members.index"), 303)


def _done(member_id: UUID, verb: str, what: str, **change: bool) -> Any:
    member = members.get(g.ctx, str(member_id))
    try:
        by_hand.set_owner(g.ctx, member, **change) if verb == "owner" else by_hand.switch(g.ctx, member, **change)
    except DomainError as error:
        g.ctx.session.rollback()
        return _confirm(members.get(g.ctx, str(member_id)), verb, error.message), 422
    say(Name(members.label(member)), f" {what}")
    return redirect(url_for("members.show", member_id=member.id), 303)


def _confirm(member: Member, verb: str, problem: str = "") -> str:
    return render_template(
        "admin/members/confirm.html",
        person=member,
        label=members.label(member),
        verb=verb,
        problem=problem,
        managed=managed.is_managed(g.ctx, member) and verb in ("deactivate", "reactivate"),
        seat=member.active and _seats([member]),
        by_mail=member_links.by_mail(member),
    )


def _chosen(ids: list[str]) -> list[Member]:
    return roster.named(g.ctx, [key for key in ids if len(key) == 36 and "\x00" not in key][:50])


def _confirm_all(verb: str, chosen: list[Member], problem: str = "") -> str:
    active = verb == "reactivate"
    may = roster.ready(g.ctx, chosen)
    ready = [member for member in may if member.active != active]
    why = {member: "managed by Okta" if managed.is_managed(g.ctx, member) else "an owner" for member in chosen if member not in may}
    why |= {member: "active already" if active else "deactivated already" for member in chosen if member.active == active}
    return render_template(
        "admin/members/several.html",
        verb=verb,
        ready=ready,
        left=[(member, why[member]) for member in chosen if member in why],
        label=members.label,
        problem=problem,
        seats=_seats(ready),
    )


def _seats(chosen: list[Member]) -> int:
    """How many of them use a seat while they are active."""
    return sum(seats.uses_seat(g.ctx.profile, role=member.role, active=True) for member in chosen)


def _role_names() -> dict[str, str]:
    return {item.key: item.name for item in g.ctx.profile.roles} | {item.id: item.name for item in roles.custom_roles(g.ctx)}


def _described(member: Member, names: dict[str, str]) -> dict[str, Any]:
    return {
        "member": member,
        "label": members.label(member),
        "role": names.get(member.custom_role_id or member.role, member.role),
        "seat": seats.uses_seat(g.ctx.profile, role=member.role, active=member.active),
        "origin": directory.origin(member),
        "ready": bool(roster.ready(g.ctx, [member])),
    }


def _page(member: Member, form: MemberForm) -> str:
    listing = history.listing(g.ctx, history.Narrow(subject_id=member.id))
    return render_template(
        "admin/members/show.html",
        form=form,
        person=member,
        managed=managed.is_managed(g.ctx, member),
        paused=provisioning.is_paused(g.ctx),
        touchable=by_hand.may_touch(g.ctx, member),
        may_have_password=passwords.allowed(g.ctx, member),
        locked=managed.MANAGED_FIELDS,
        link_mail=outbox.latest_link(g.ctx, member),
        groups=groups.of_member(g.ctx, member),
        lacking=[(kind, retired.NOUNS[kind], value) for kind, value in retired.lacking(g.ctx.profile, member)],
        custom=roles.get_custom(g.ctx, member.custom_role_id) if member.custom_role_id else None,
        live=[(item, browsers.called(item.user_agent)) for item in sessions.live(g.ctx, member)],
        history=[(entry, history.sentence(entry, g.ctx.profile.words.group)) for entry in listing.page(g.ctx, size=10).rows],
        **{key: value for key, value in _described(member, _role_names()).items() if key != "member"},
    )
