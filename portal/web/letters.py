"""A mail from the outbox as a message: plain text and simple HTML, in the product's name, with nothing in it that tells who read it."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from flask import current_app, render_template

from portal.config import Settings
from portal.models import OutgoingMail, Workspace
from portal.profile import Profile
from portal.smtp import Server
from portal.vault import Vault

_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")


class UnsendableError(Exception):
    """No mail can be made of this."""


def letter(mail: OutgoingMail, workspace: Workspace, server: Server) -> EmailMessage:
    """The message; its id is the mail's, so that a mail sent twice is one. Raises UnsendableError for an address that is none.

    The text template begins with the line `Subject: …`.
    """
    settings: Settings = current_app.config["SETTINGS"]
    profile: Profile = current_app.config["PROFILE"]
    facts = {name: _line(value) if isinstance(value, str) else value for name, value in mail.facts.items()}
    shown = {**facts, "url": settings.url(workspace.slug, _path(mail)), "workspace_name": _line(workspace.name)}
    subject, _, text = render_template(f"mail/{mail.kind}.txt", **shown).partition("\n")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_line(profile.product), addr_spec=server.sender)
    message["To"] = _address(facts["to"], mail.recipient)
    message["Subject"] = _line(subject.removeprefix("Subject:"))
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.strip() + "\n", cte="quoted-printable")
    message.add_alternative(render_template(f"mail/{mail.kind}.html", **shown), subtype="html", cte="quoted-printable")
    return message


def _path(mail: OutgoingMail) -> str:
    vault: Vault = current_app.config["VAULT"]
    return vault.decrypt(mail.secret_path).decode() if mail.secret_path else str(mail.facts.get("path", "/"))


def _line(text: str) -> str:
    """Text on one line: what somebody entered makes no header, no encoded word (RFC 2047) and no paragraph of its own."""
    return _CONTROL.sub(" ", text).replace("=?", "= ?").strip()[:200]


def _address(name: str, recipient: str) -> Address:
    local, _, domain = recipient.rpartition("@")
    if _CONTROL.search(recipient):
        raise UnsendableError("this is not an e-mail address that mail can be sent to")
    try:
        return Address(name, username=local, domain=domain if domain.isascii() else domain.encode("idna").decode())
    except ValueError:
        raise UnsendableError("this is not an e-mail address that mail can be sent to") from None
