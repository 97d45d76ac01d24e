"""One-time links to members: mailed where mail is set up and there is an address, otherwise shown once to hand over."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, redirect, render_template, url_for

from portal.domain import by_hand, links, members, outbox
from portal.domain.telling import Name
from portal.models import Member
from portal.web import mailer
from portal.web.names import say
from portal.web.tenancy import workspace_url


def by_mail(member: Member) -> bool:
    """Whether a link can be mailed to the member."""
    return mailer.is_on() and bool(member.email)


def give(member: Member, purpose: str, *, hand_over: bool = False) -> Any:
    """A new link on its way by mail, or on a page; `purpose` is invitation or reset. Raises what `by_hand.password_link` raises."""
    path = f"/set-password/{by_hand.password_link(g.ctx, member, purpose)}"
    if hand_over or not by_mail(member):
        url = workspace_url(g.workspace, path)
        return render_template(
            "admin/members/link.html",
            person=member,
            label=members.label(member),
            url=url,
            purpose=purpose,
            no_address=mailer.is_on() and not member.email,
        )
    outbox.queue_link(g.ctx, current_app.config["VAULT"], member, purpose, path, links.LIFETIME[purpose])
    what = [Name(members.label(member)), " is added, and the invitation"] if purpose == "invitation" else ["The password link"]
    say(*what, " is on its way to ", Name(member.email or ""), ".")
    return redirect(url_for("members.show", member_id=member.id), 303)
