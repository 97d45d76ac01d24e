"""What the operator's commands mail: the first owner's link, and a warning, once, of what is about to end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from portal.domain import outbox, pruning, sso, tokens
from portal.domain.sso import Provider
from portal.models import Connection, Member, OutgoingMail, SamlKey
from portal.vault import Vault
from tests import factories
from tests.support.certificates import key_pair
from tests.support.processes import free_port
from tests.support.settings import ENCRYPTION_KEY

CREATE = ("workspace", "create", "acme", "--name", "Acme", "--owner-email", "ada@acme.example", "--owner-name", "Ada Lovelace")


def test_the_first_owners_link_is_printed_and_mailed(portal, mailbox):
    link = portal(*CREATE, smtp_url=mailbox.url).strip()
    (taken,) = mailbox.mails
    assert taken.recipient == "ada@acme.example"
    assert re.findall(r"http://\S+", taken.part("plain")) == [link]
    assert "You are invited to join Acme on Productboard." in taken.part("plain")


def test_a_workspace_is_made_although_no_mail_goes_out_and_the_next_notify_sends_it(portal, app, mailbox):
    link = portal(*CREATE, smtp_url=f"smtp://127.0.0.1:{free_port()}").strip()
    with factories.inside(app, "acme") as ctx:
        ctx.session.execute(update(OutgoingMail).values(next_try_at=ctx.now))
    assert portal("notify", smtp_url="") == "PORTAL_SMTP_URL is not set: nothing is mailed.\n"
    assert portal("notify", smtp_url=mailbox.url) == "0 warnings\n"
    assert link in mailbox.mails[0].part("plain")


def connect(ctx, name, *days):
    """An active connection whose certificates end so many days from now."""
    pems = [key_pair(valid_from=timedelta(days=-2), days=left + 2).certificate for left in days]
    provider = Provider(issuer=f"https://{name}.example", sso_url=f"https://{name}.example/sso", certificates=pems)
    connection = sso.save_candidate(ctx, provider, sso.Choices(name=name))
    ctx.session.execute(update(Connection).where(Connection.id == connection.id).values(state="active", activated_at=ctx.now))


@pytest.fixture
def ending(app, cast):
    """Acme with two owners, and things that end: soon, later and long ago."""
    with factories.inside(app, "acme") as ctx:
        ctx.session.get_one(Member, cast.grace.id).owner = True
        for name, days in (("Okta prod", 13), ("Okta later", 15), ("Okta for ever", None)):
            tokens.make(ctx, name=name, expires_in=timedelta(days=days) if days else None)
        tokens.make(ctx, name="Okta past", expires_in=timedelta(days=1))[0].expires_at = ctx.now - timedelta(days=2)
        tokens.make(ctx, name="Okta gone", expires_in=timedelta(days=1))[0].expires_at = ctx.now - timedelta(days=9)
        tokens.revoke(ctx, tokens.make(ctx, name="Okta revoked", expires_in=timedelta(days=1))[0])
        connect(ctx, "Ending", 20, 5)
        connect(ctx, "Renewed", 5, 300)
        key = key_pair()
        made = {"workspace_id": ctx.workspace.id, "certificate": key.certificate, "private_key": "-", "created_at": ctx.now}
        ctx.session.add(SamlKey(**made, expires_at=ctx.now + timedelta(days=9)))


def test_owners_are_warned_once_of_what_is_about_to_end(portal, app, ending, mailbox):
    assert portal("notify", smtp_url=mailbox.url) == "8 warnings\n"
    ends, past, soon = "A certificate of Acme ends", "The token “Okta past” stopped working", "The token “Okta prod” stops working"
    told = sorted((mail.message["Subject"].split(" on ")[0], mail.recipient) for mail in mailbox.mails)
    assert told == sorted((subject, f"{who}@acme.example") for subject in (ends, ends, past, soon) for who in ("ada", "grace"))
    text = "".join(mail.part("plain") for mail in mailbox.mails)
    for sentence in ("connection “Ending”", "with which Productboard signs", "/integrations", "/settings/sso#connections"):
        assert sentence in text, sentence
    assert portal("notify", smtp_url=mailbox.url) == "0 warnings\n"
    with factories.inside(app, "acme") as ctx:
        pruning.prune(ctx.session, ctx.now + timedelta(days=89))
        assert len(list(ctx.session.scalars(select(OutgoingMail)))) == 8
        assert pruning.prune(ctx.session, ctx.now + timedelta(days=91))["outgoing_mails"] == 8


def test_doctor_tells_of_mail_that_waits_and_rotation_keeps_its_link(portal, app, cast):
    away = f"smtp://127.0.0.1:{free_port()}"
    with factories.inside(app, "acme") as ctx:
        person = ctx.session.get_one(Member, cast.mary.id)
        outbox.queue_link(ctx, app.config["VAULT"], person, "reset", "/set-password/x", timedelta(days=1)).created_at -= timedelta(hours=2)
    assert "1 mails wait for an hour or longer" in portal("doctor", ok=False, smtp_url=away)
    new = Fernet.generate_key().decode()
    portal("keys", "rotate", encryption_keys=f"{new},{ENCRYPTION_KEY}")
    with factories.inside(app, "acme") as ctx:
        (mail,) = ctx.session.scalars(select(OutgoingMail))
        assert Vault([new]).decrypt(mail.secret_path or "") == b"/set-password/x"
    assert "no key of PORTAL_ENCRYPTION_KEYS opens the link in mail" in portal("doctor", ok=False)
