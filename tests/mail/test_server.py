"""What PORTAL_SMTP_URL may say, and how the portal speaks to the server that it names."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from portal import smtp
from portal.config import Settings, SettingsError, load_settings
from portal.smtp import NotSentError, Server, server_of
from tests.support.certificates import key_pair
from tests.support.settings import environment

URLS = {
    "smtp://mail.example": Server("mail.example", 587, "offered", "no-reply@portal.example"),
    "smtp://mail.example:25?starttls=off&from=post@acme.example": Server("mail.example", 25, "off", "post@acme.example"),
    "smtp://ada:p%40ss%2Fword@mail.example": Server("mail.example", 587, "required", "no-reply@portal.example", "ada", "p@ss/word"),
    "smtps://ada:secret@mail.example/": Server("mail.example", 465, "implicit", "no-reply@portal.example", "ada", "secret"),
    "smtp://[::1]:2525": Server("::1", 2525, "offered", "no-reply@portal.example"),
}
WRONG = {
    "mail.example:25": "give smtp://host:port",
    "http://mail.example": "give smtp://host:port",
    "smtp://mail.example/inbox": "give smtp://host:port",
    "smtp://mail.example?tls=1": "“tls” is not known here",
    "smtp://mail.example?starttls=maybe": "starttls is required, offered or off",
    "smtp://mail.example?from=nobody": "from is the e-mail address",
    "smtp://mail.example?from=a@b.example%0d%0aBcc:%20c@d.example": "from is the e-mail address",
    "smtp://mail.example:port": "Port could not be cast",
}


@pytest.mark.parametrize(("url", "server"), URLS.items(), ids=URLS)
def test_what_a_url_says(url, server):
    assert server_of(url, "portal.example") == server
    assert "secret" not in repr(server_of("smtps://ada:secret@mail.example", "portal.example"))


@pytest.mark.parametrize(("url", "reason"), WRONG.items(), ids=WRONG)
def test_a_wrong_url_stops_the_start_with_the_reason(url, reason, monkeypatch):
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORTAL_SMTP_URL", url)
    with pytest.raises(SettingsError, match="PORTAL_SMTP_URL: ") as refused:
        load_settings()
    assert reason in str(refused.value)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A key and certificate for `localhost`, as files."""
    directory, made = tmp_path_factory.mktemp("tls"), key_pair("localhost")
    (directory / "key.pem").write_text(made.key)
    (directory / "certificate.pem").write_text(made.certificate)
    return directory / "certificate.pem", directory / "key.pem"


def message():
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = "Hello", "no-reply@portal.example", "ada@acme.example"
    made.set_content("Hello")
    return made


def server(mailbox, rest="", scheme="smtp", who=""):
    return server_of(f"{scheme}://{who}localhost:{mailbox.port}{rest}", "portal.example")


def test_a_password_goes_only_over_a_line_whose_certificate_is_good(new_mailbox, pair, monkeypatch):
    account = ("ada", "p@ss")
    mailbox = new_mailbox(tls=pair, account=account)
    named = server(mailbox, who="ada:p%40ss@")
    with pytest.raises(NotSentError, match="CERTIFICATE_VERIFY_FAILED"):
        smtp.send(named, message(), "ada@acme.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    smtp.check(named)
    smtp.send(named, message(), "ada@acme.example")
    assert [mail.encrypted for mail in mailbox.mails] == [True]
    with pytest.raises(NotSentError, match=r"refused the user or password: 535 5\.7\.8") as refused:
        smtp.check(server(mailbox, who="ada:wrong@"))
    assert "wrong@" not in str(refused.value)
    assert refused.value.away
    plain = new_mailbox(account=account)
    with pytest.raises(NotSentError, match="does not offer STARTTLS"):
        smtp.check(server(plain, who="ada:p%40ss@"))
    smtp.send(server(plain, who="ada:p%40ss@", rest="?starttls=off"), message(), "ada@acme.example")
    assert [mail.encrypted for mail in plain.mails] == [False]


def test_a_line_is_encrypted_where_that_is_offered_and_from_the_first_byte_by_smtps(new_mailbox, pair, monkeypatch):
    offering = new_mailbox(tls=pair)
    smtp.send(server(offering), message(), "ada@acme.example")
    smtp.send(server(offering, "?starttls=off"), message(), "ada@acme.example")
    assert [mail.encrypted for mail in offering.mails] == [True, False]
    implicit = new_mailbox(tls=pair, implicit=True)
    with pytest.raises(NotSentError, match="CERTIFICATE_VERIFY_FAILED"):
        smtp.send(server(implicit, scheme="smtps"), message(), "ada@acme.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    smtp.send(server(implicit, scheme="smtps"), message(), "ada@acme.example")
    assert [mail.encrypted for mail in implicit.mails] == [True]


def test_a_server_that_is_busy_silent_or_drips_is_left_in_time(new_mailbox, monkeypatch):
    with pytest.raises(NotSentError, match="421 too busy") as busy:
        smtp.check(server(new_mailbox(busy="421 too busy")))
    assert (busy.value.away, busy.value.final) == (True, False)
    monkeypatch.setattr(smtp, "SECONDS", 0.2)
    with pytest.raises(NotSentError, match="timed out"):
        smtp.check(server(new_mailbox(silent=True)))
    monkeypatch.setattr(smtp, "SECONDS", 10)
    monkeypatch.setattr(smtp, "LONGEST", 0.3)
    with pytest.raises(NotSentError, match="hung up in the middle"):
        smtp.check(server(new_mailbox(drip="220-still here\r\n")))


def test_settings_without_a_url_send_nothing():
    assert Settings(_env_file=None, secret_key="x" * 32, encryption_keys="dGhlIGVuY3J5cHRpb24ga2V5IG9mIHRoZSB0ZXN0cyE=").mail_server is None  # type: ignore[call-arg]
