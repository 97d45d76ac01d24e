"""One-time links by mail: an invitation and a new password, and what the page says when the mail server does not want them."""

from __future__ import annotations

import re
import time

from sqlalchemy import select, update

from portal import smtp
from portal.domain import outbox
from portal.models import AuditEntry, Member, OutgoingMail
from tests import factories
from tests.pages import PageClient
from tests.support import site
from tests.support.at_once import at_once
from tests.support.processes import free_port, until

KURT = "kurt@acme.example"
EVIL = "Eve\r\nBcc: everybody@acme.example\r\n\r\nhttp://evil.example <b>now</b>"


def rows(app):
    with factories.inside(app, "acme") as ctx:
        return list(ctx.session.scalars(select(OutgoingMail).order_by(OutgoingMail.created_at)))


def try_again(app):
    """Lets every mail that waits be due now, and sends what is due."""
    with factories.inside(app, "acme") as ctx:
        ctx.session.execute(update(OutgoingMail).where(OutgoingMail.next_try_at.is_not(None)).values(next_try_at=ctx.now))
    with app.app_context():
        return app.extensions["portal-mailer"].deliver()


def test_an_invitation_is_mailed_and_its_link_works_once(make_app, mailbox, portal_with):
    app = make_app(smtp_url=mailbox.url)
    cast = factories.make_cast(app)
    page = portal_with(app, cast.grace).open("/members/new")
    person = {"First name (optional)": "Kurt", "Last name (optional)": "Gödel", "User name": KURT, "E-mail address (optional)": KURT}
    page.submit("Add member", person)
    assert page.heading == "Kurt Gödel"
    assert page.notice == "Kurt Gödel is added, and the invitation is on its way to kurt@acme.example."
    assert "/set-password/" not in page.response.text
    until(lambda: rows(app)[0].sent_at, what="the mail going out")
    (taken,) = mailbox.mails
    assert (taken.sender, taken.recipient) == ("no-reply@portal.localhost", "kurt@acme.example")
    headers = {name: str(taken.message[name]) for name in ("From", "To", "Subject", "Auto-Submitted")}
    assert headers == {
        "From": "Productboard <no-reply@portal.localhost>",
        "To": "Kurt Gödel <kurt@acme.example>",
        "Subject": "Join Acme on Productboard",
        "Auto-Submitted": "auto-generated",
    }
    text, rich = taken.part("plain"), taken.part("html")
    assert text.startswith("Hello Kurt Gödel,\n\nGrace Hopper invites you to join Acme on Productboard.\n\nSet a password")
    (link,) = set(re.findall(r"http://acme\.portal\.localhost:5000/set-password/[\w-]+", text))
    assert f'href="{link}"' in rich
    assert set(re.findall(r"(?:src|href)=\S+", rich)) == {f'href="{link}">Set'}, "nothing else is fetched or followed"
    kurt = PageClient(site.client(app, "acme")).open(link.removeprefix("http://acme.portal.localhost:5000"))
    assert kurt.submit("Set password", {"New password": "a password of my own"}).path == "/account"
    kurt.open(link.removeprefix("http://acme.portal.localhost:5000"), status=410)
    assert "Link mailed" in page.open(page.path).text
    (row,) = rows(app)
    assert row.secret_path is None
    with factories.inside(app, "acme") as ctx:
        told = ctx.session.scalars(select(AuditEntry).where(AuditEntry.action == "member.link-mailed")).one()
        assert told.after == {"to": "kurt@acme.example"}
        log = [(item.before, item.after, item.subject_label) for item in ctx.session.scalars(select(AuditEntry))]
        assert link.rpartition("/")[2] not in str(log)


def test_a_password_link_is_mailed_or_made_to_hand_over(make_app, mailbox, portal_with):
    app = make_app(smtp_url=f"{mailbox.url}?from=post@acme.example")
    cast = factories.make_cast(app)
    page = portal_with(app, cast.grace).open(f"/members/{cast.mary.id}").follow("Reset password")
    page.submit("Mail password link")
    assert page.notice == "The password link is on its way to mary@acme.example."
    until(lambda: mailbox.mails, what="the mail")
    assert mailbox.mails[0].sender == "post@acme.example"
    assert mailbox.mails[0].message["Subject"] == "Set a new password for Acme on Productboard"
    page.follow("Reset password").submit("Make a link to hand over")
    assert "/set-password/" in page.value("One-time link")
    assert len(rows(app)) == 1
    with factories.inside(app, "acme") as ctx:
        ctx.session.get_one(Member, cast.mary.id).email = None
    page.open(f"/members/{cast.mary.id}").follow("Reset password").submit("Make password link")
    assert "Mary Shelley has no e-mail address here, so nothing was mailed." in page.text


def test_a_mail_server_that_is_down_costs_a_request_nothing_and_loses_no_mail(make_app, new_mailbox, portal_with):
    away = free_port()
    app = make_app(smtp_url=f"smtp://127.0.0.1:{away}")
    cast = factories.make_cast(app)
    page = portal_with(app, cast.grace).open(f"/members/{cast.mary.id}/password")
    page.submit("Mail password link")
    until(lambda: rows(app)[0].error, what="the failure on record")
    page.open(f"/members/{cast.mary.id}")
    assert "The mail to mary@acme.example is not sent yet" in page.text
    assert "The mail server does not answer: [Errno 111] Connection refused. It is tried again by itself." in page.text
    with factories.inside(app, "acme") as ctx:
        assert outbox.due(ctx.session, ctx.now) == [], "it is not tried again at once"
    assert (try_again(app).sent, rows(app)[0].attempts) == (0, 2)
    back = new_mailbox(port=away)
    assert (try_again(app).sent, try_again(app).sent) == (1, 0)
    assert [mail.recipient for mail in back.mails] == ["mary@acme.example"]
    assert "not sent yet" not in page.open(f"/members/{cast.mary.id}").text


def test_no_request_waits_for_a_silent_mail_server(make_app, new_mailbox, portal_with):
    silent = new_mailbox(silent=True)
    app = make_app(smtp_url=silent.url)
    cast = factories.make_cast(app)
    page = portal_with(app, cast.grace).open(f"/members/{cast.mary.id}/password")
    began = time.monotonic()
    page.submit("Mail password link")
    until(lambda: silent.connections, what="the mailer at the server's door")
    page.open("/members").open(f"/members/{cast.alan.id}/password").submit("Mail password link")
    assert time.monotonic() - began < smtp.SECONDS / 2
    assert [row.sent_at for row in rows(app)] == [None, None]


def test_an_address_that_the_server_refuses_is_given_up_and_said(make_app, new_mailbox, portal_with):
    mailbox = new_mailbox(refuse={"mary@acme.example": "550 5.1.1 no such person", "alan@acme.example": "450 come again later"})
    app = make_app(smtp_url=mailbox.url)
    cast = factories.make_cast(app)
    page = portal_with(app, cast.grace)
    for person in (cast.mary, cast.alan):
        page.open(f"/members/{person.id}/password").submit("Mail password link")
    until(lambda: all(row.error for row in rows(app)), what="both failures")
    page.open(f"/members/{cast.mary.id}")
    assert "The mail to mary@acme.example could not be sent The mail server refused the address: 550 5.1.1 no such person." in page.text
    assert "450 come again later. It is tried again by itself." in page.open(f"/members/{cast.alan.id}").text
    assert [(bool(row.given_up_at), bool(row.secret_path)) for row in rows(app)] == [(True, False), (False, True)]
    page.submit("Make a link to hand over")
    assert "/set-password/" in page.value("One-time link")
    assert [row.next_try_at for row in rows(app)] == [None, None], "the mail with the dead link is taken back"


def test_a_name_makes_no_header_and_no_markup(make_app, mailbox):
    app = make_app(smtp_url=mailbox.url)
    cast = factories.make_cast(app)
    for name in (EVIL, "=?utf-8?q?Bcc:_x?=", '"quoted" <other@acme.example>'):
        with factories.inside(app, "acme") as ctx:
            person = ctx.session.get_one(Member, cast.mary.id)
            person.display_name, ctx.workspace.name = name, f"Acme\r\nBcc: {name}"[:200]
            outbox.queue(ctx, "token-expiry", person, {"token": name, "on": "today", "past": False, "path": "/"})
        assert try_again(app).sent == 1
        taken, plain = mailbox.mails[-1], " ".join(name.split()).replace("=?", "= ?")
        assert taken.message["Bcc"] is None
        assert [(address.display_name, address.addr_spec) for address in taken.message["To"].addresses] == [(plain, "mary@acme.example")]
        assert taken.message["Subject"] == f"The token “{plain}” stops working on today"
        assert "<b>" not in taken.part("html")
        assert taken.part("plain").startswith(f"Hello {plain},\n")


def test_two_processes_send_each_mail_once(make_app, mailbox, portal_with):
    apps = [make_app(smtp_url=mailbox.url) for _ in range(2)]
    cast = factories.make_cast(apps[0])
    with factories.inside(apps[0], "acme") as ctx:
        person = ctx.session.get_one(Member, cast.mary.id)
        for _ in range(12):
            outbox.queue(ctx, "token-expiry", person, {"token": "Okta", "on": "today", "past": False, "path": "/"})

    def deliver(number):
        with apps[number].app_context():
            return apps[number].extensions["portal-mailer"].deliver().sent

    assert sum(at_once(2, deliver)) == len(mailbox.mails) == 12
    assert len({mail.message["Message-ID"] for mail in mailbox.mails}) == 12


def test_a_mail_whose_sender_died_is_sent_by_the_next_and_one_past_its_time_never(make_app, mailbox, portal_with):
    app = make_app(smtp_url=mailbox.url)
    cast = factories.make_cast(app)
    with factories.inside(app, "acme") as ctx:
        person = ctx.session.get_one(Member, cast.mary.id)
        for _ in range(2):
            outbox.queue(ctx, "token-expiry", person, {"token": "Okta", "on": "today", "past": False, "path": "/"})
        ctx.session.flush()
        ids = outbox.due(ctx.session, ctx.now)
        assert outbox.claim(ctx.session, ids[0], ctx.now) is not None
        assert outbox.claim(ctx.session, ids[0], ctx.now) is None
        assert outbox.claim(ctx.session, ids[0], ctx.now + outbox.LEASE) is not None
        ctx.session.execute(update(OutgoingMail).where(OutgoingMail.id == ids[1]).values(expires_at=ctx.now))
    assert try_again(app).sent == 1
    assert sorted(row.error for row in rows(app)) == ["", outbox.EXPIRED]
