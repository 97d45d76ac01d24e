"""What switching SCIM on would do to the members who are there: whom Okta would find by user name, who would stay outside."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, case, func, or_, select

from portal.domain import roster
from portal.domain.context import Context
from portal.domain.listing import Condition, Listing
from portal.domain.telling import Name, told
from portal.models import Member

LONGEST_LOGIN = 100
"""Okta's own limit of a user name."""
LINKED, OUTSIDE = "linked", "outside"


@dataclass(frozen=True)
class Report:
    """Numbers of members, removed ones never counted.

    `linked` can be found by user name, `outside` cannot; `managed` came from Okta before. `seats_kept` of the linked use a seat now,
    `seats_more` would use one if Okta made them active again.
    """

    linked: int
    outside: int
    managed: int
    seats_kept: int
    seats_more: int

    @property
    def alone(self) -> bool:
        """Whether there is nobody but one member, whom Okta would find."""
        return self.linked + self.outside + self.managed <= 1 and not self.outside


def report(ctx: Context) -> Report:
    """The numbers, in two statements."""
    outside, paid = _outside(), Member.role.in_([role.key for role in ctx.profile.roles if role.paid])
    parts = (outside, and_(~outside, paid, Member.status == "active"), and_(~outside, paid, Member.status == "inactive"))
    query = select(func.count(), *[func.coalesce(func.sum(case((part, 1), else_=0)), 0) for part in parts])
    total, apart, kept, more = ctx.session.execute(query.where(*_own(ctx), Member.status != "removed")).one()
    return Report(total - apart, apart, roster.counted(ctx, roster.Filter(origin="okta")), kept, more)


def listing(ctx: Context, part: str) -> Listing[Member]:
    """The members of one part, LINKED or OUTSIDE, the latest first."""
    fits = _outside() if part == OUTSIDE else ~_outside()
    return Listing(Member, [Member.seq], [[*_own(ctx), Member.status == status, fits] for status in roster.STATUSES])


def advice(ctx: Context, member: Member) -> str:
    """What to change so that Okta finds the member, in sentences; empty when nothing."""
    name = member.user_name
    if any(char.isspace() for char in name):
        return "A user name with spaces cannot be an Okta user name. Change it to the person's Okta user name."
    if len(name) > LONGEST_LOGIN:
        return f"Okta's user names have {LONGEST_LOGIN} characters at most. Change it to the person's Okta user name."
    if _is_address(name):
        return ""
    better = ["Change it to ", Name(member.email)] if member.email else ["Change it to the person's Okta user name"]
    if ctx.profile.scim.user_name_is_email:
        return told("SCIM needs an e-mail address as user name. ", *better, ".")
    choice = (", or choose a username format in Okta that gives “", Name(name), "”.")
    return told("This is no e-mail address, and Okta's user names are. ", *better, *choice)


def _own(ctx: Context) -> list[Condition]:
    return [Member.workspace_id == ctx.workspace.id, Member.provisioned.is_(False)]


def _outside() -> Condition:
    """Whom `advice` has something to say to."""
    name = Member.user_name
    return or_(~name.like("%_@_%"), name.like("% %"), name.like("%\t%"), func.length(name) > LONGEST_LOGIN)


def _is_address(name: str) -> bool:
    return "@" in name[1:-1]
