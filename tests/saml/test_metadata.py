"""The three ways to describe an identity provider, and what is said of each that cannot be used: SS-2."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from sqlalchemy import func, select

from portal.domain import sso
from portal.models import Connection
from tests import factories
from tests.pages import PageClient
from tests.saml.conftest import browser_of, connect, xml_file
from tests.saml.walking import Walker
from tests.support import site
from tests.support.certificates import key_pair
from tests.support.idp import IdentityProvider
from tests.support.says import Says
from tests.support.serving import Serving

PAGE = "/settings/sso"
OKTA = IdentityProvider().metadata()


class MetadataServer:
    """Serves whatever `body` is just now."""

    def __init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(200)
                self.end_headers()
                try:
                    self.wfile.write(outer.body)
                except OSError:
                    return

            def log_message(self, *args: object) -> None:
                pass

        self.body, self.asked = OKTA, 0
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.stop = Serving(server).stop
        self.url = f"http://okta.localhost:{server.server_port}/app/exk1/sso/saml/metadata"


@pytest.fixture
def published():
    """Metadata behind an address."""
    server = MetadataServer()
    yield server
    server.stop()


def without(text: bytes, begin: bytes, end: bytes) -> bytes:
    """`text` without what stands from `begin` to `end`."""
    return text[: text.index(begin)] + text[text.index(end) + len(end) :]


SP = b'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"><md:SPSSODescriptor/></md:EntityDescriptor>'
BODY = OKTA.partition(b"?>")[2]
TWO = b'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">' + BODY + BODY + b"</md:EntitiesDescriptor>"
BAD = {
    "html": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "This is a web page, not metadata."),
    "html without doctype": (b"\n <html></html>", "This is a web page, not metadata."),
    "empty": (b"  \n", "This is empty."),
    "not xml": (b"entityID: http://www.okta.com/exk1", "This is not XML."),
    "cut off": (OKTA[:-20], "This is not XML."),
    "json": (b'{"issuer": "x"}', "This is not XML."),
    "other xml": (b"<rss/>", "no EntityDescriptor"),
    "document type": (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>" + BODY, "declares a document type"),
    "service provider": (SP, "is of a service provider"),
    "no identity provider": (SP.replace(b"<md:SPSSODescriptor/>", b""), "describes no SAML 2.0 identity provider"),
    "saml 1.1": (OKTA.replace(b"SAML:2.0:protocol", b"SAML:1.1:protocol"), "describes no SAML 2.0 identity provider"),
    "several": (TWO, "describes 2 identity providers"),
    "no certificate": (without(OKTA, b"<md:KeyDescriptor", b"</md:KeyDescriptor>"), "carries no signing certificate"),
    "broken certificate": (IdentityProvider().metadata(certificates=["MIIC"]), "A certificate in this metadata cannot be used."),
    "no redirect": (OKTA.replace(b"HTTP-Redirect", b"SOAP"), "no single sign-on address for the HTTP-Redirect binding"),
    "no issuer": (OKTA.replace(b'entityID="http://www.okta.com/exk1"', b'entityID=""'), "names no issuer"),
    "script as address": (OKTA.replace(b'Location="https://', b'Location="javascript:https://'), "is not a web address"),
    "out of date": (OKTA.replace(b"<md:EntityDescriptor ", b'<md:EntityDescriptor validUntil="2020-01-01T00:00:00Z" '), "was valid until"),
    "deep": (b"<a>" * 100 + b"</a>" * 100, "nested too deep"),
    "utf-16": ('<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16"), "This is not XML."),
}


def connections(app, slug="acme"):
    with factories.inside(app, slug) as ctx:
        query = select(func.count()).select_from(Connection).where(Connection.workspace_id == ctx.workspace.id)
        return ctx.session.scalar(query)


def test_each_bad_file_gets_its_reason_and_changes_nothing(app, cast, at, idp):
    connect(app, "acme", idp)
    page = at("acme", cast.grace).open(PAGE)
    for name, (content, sentence) in BAD.items():
        page.submit("Save & authorize", {"Metadata file": xml_file(content)}, status=422)
        assert len(page.errors) == 1, name
        assert sentence in page.errors[0], name
    assert connections(app) == 1


def test_giants_are_not_read(live):
    """Over a real socket: 2 MB reach the portal and are refused by it, 50 MB are refused by their announced length."""
    cast = factories.make_cast(live.app)
    walker = Walker().open(live.url("acme", "/sign-in?next=/settings/sso"))
    walker.submit("Sign in", email=cast.grace.user_name, password=factories.PASSWORD)
    walker.submit("Save & authorize", {"metadata_file": ("metadata.xml", OKTA + b" " * 2_000_000)})
    assert (walker.answer.status_code, "This is more than 1 MB." in walker.text) == (422, True)
    walker.submit("Save & authorize", {"metadata_file": ("metadata.xml", b"x" * 50_000_000)})
    assert (walker.answer.status_code, "That is too large" in walker.text) == (413, True)
    assert connections(live.app) == 0


def test_metadata_behind_an_address(app, cast, at, idp, published):
    page = at("acme", cast.grace).open(PAGE).submit("Save & authorize", {"Metadata URL": published.url})
    assert page.notice.startswith("The connection is saved.")
    browser_of(page, idp).sign_in(Says(name_id=cast.grace.user_name), path="/sso/authorize")
    assert "Okta is connected." in page.open(PAGE).notice
    published.body = b"<html></html>"
    page.submit("Save & authorize", {"Metadata URL": published.url}, status=422)
    assert page.errors[0].startswith("This is a web page, not metadata.")
    assert page.value("Metadata URL") == published.url


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/metadata", "http://nonesuch.invalid/", "ftp://okta.example/", "okta"])
def test_an_address_that_cannot_be_used(app, cast, at, url):
    page = at("acme", cast.grace).open(PAGE).submit("Save & authorize", {"Metadata URL": url}, status=422)
    assert len(page.errors) == 1
    assert connections(app) == 0


def test_a_private_address_is_refused_unless_the_operator_allows_it(make_app, published):
    app = make_app(allow_private_network=False)
    cast = factories.make_cast(app)
    client = site.client(app, "acme")
    factories.sign_in(app, client, cast.grace)
    page = PageClient(client).open(PAGE)
    for url in (published.url.replace("okta.localhost", "127.0.0.1"), "http://169.254.169.254/latest/meta-data/"):
        page.submit("Save & authorize", {"Metadata URL": url}, status=422)
        assert "has a private address" in page.errors[0]
    assert published.asked == 0


def test_fields_filled_in_by_hand(app, cast, at, idp):
    fields = {"Issuer": idp.issuer, "Single sign-on URL": idp.sso_url, "Certificate": idp.key.certificate}
    page = at("acme", cast.grace).open(PAGE).submit("Save & authorize", fields)
    browser_of(page, idp).sign_in(Says(name_id=cast.grace.user_name), path="/sso/authorize")
    assert "Okta is connected." in page.open(PAGE).notice


def test_two_certificates_and_bare_base64_by_hand(app, cast, at, idp):
    new = key_pair()
    page = at("acme", cast.grace).open(PAGE)
    for text in (idp.key.bare_certificate, f"{new.certificate}\n{idp.key.certificate}"):
        page.submit("Save & authorize", {"Issuer": idp.issuer, "Single sign-on URL": idp.sso_url, "Certificate": text})
        browser_of(page, idp).sign_in(Says(name_id=cast.grace.user_name), path="/sso/authorize")
        assert "Okta is connected." in page.open(PAGE).notice


def test_fields_by_hand_that_cannot_be_used(app, cast, at, idp):
    good = {"Issuer": idp.issuer, "Single sign-on URL": idp.sso_url, "Certificate": idp.key.certificate}
    page = at("acme", cast.grace).open(PAGE)
    for label, value, sentence in (
        ("Issuer", "", "Enter the issuer"),
        ("Issuer", "x" * 2000, "The issuer is too long"),
        ("Single sign-on URL", "", "is not a web address"),
        ("Single sign-on URL", "javascript:alert(1)", "is not a web address"),
        ("Single sign-on URL", "https://acme.okta.example/a b", "is not a web address"),
        ("Certificate", "", "Paste Okta's signing certificate."),
        ("Certificate", "hello", "This is not a certificate."),
        ("Certificate", idp.key.key, "This contains a private key."),
        ("Certificate", idp.key.certificate.replace("A", "B"), "This is not a certificate."),
    ):
        page.open(PAGE).submit("Save & authorize", {**good, label: value}, status=422)
        assert sentence in page.errors[0], (label, value)
    assert connections(app) == 0


def test_none_or_two_of_the_three_ways(app, cast, at, idp):
    page = at("acme", cast.grace).open(PAGE).submit("Save & authorize", status=422)
    assert page.errors == ["Enter the metadata URL, choose the metadata file, or fill in the fields by hand."]
    both = {"Issuer": idp.issuer, "Metadata file": xml_file(idp.metadata())}
    page.submit("Save & authorize", both, status=422)
    assert page.errors == ["Fill in one of the three: the metadata URL, the metadata file, or the fields by hand."]


def test_who_may_not_manage_sso_saves_nothing(app, cast, at, client, idp):
    at("acme", cast.mary).open(PAGE, status=403)
    page = at("acme", cast.grace).open(PAGE)
    token = page.page.xpath("//input[@name='csrf_token']/@value")[0]
    stranger = at("acme", cast.mary)
    assert stranger.client.post(PAGE, data={"csrf_token": token, "issuer": "x"}).status_code in (400, 403)
    assert page.client.post(PAGE, data={"issuer": "x"}).status_code == 400
    assert connections(app) == 0


def test_metadata_is_read_again_on_demand(app, cast, at, idp, published):
    connect(app, "acme", idp, metadata_url=published.url)
    page = at("acme", cast.grace).open(PAGE).submit("Fetch metadata again of Okta")
    assert page.notice == "Okta has the same certificates and addresses."
    new = key_pair()
    published.body = idp.metadata(certificates=[idp.key.bare_certificate, new.bare_certificate])
    page.submit("Fetch metadata again of Okta")
    assert page.notice == "Okta has new certificates and addresses."
    published.body = IdentityProvider("http://www.okta.com/other").metadata()
    page.submit("Fetch metadata again of Okta")
    assert "Okta stays as it is. The metadata now names the issuer" in page.text
    with factories.inside(app, "acme") as ctx:
        assert len(ctx.session.scalars(select(Connection)).one().certificates) == 2


def test_a_new_certificate_is_found_when_a_signature_does_not_fit(app, cast, browser_at, idp, published):
    connect(app, "acme", idp, metadata_url=published.url)
    new = IdentityProvider(key=key_pair())
    published.body = new.metadata()
    assert browser_at().post(new.response(Says(name_id=cast.mary.user_name))).status_code == 303
    assert published.asked == 1
    for _ in range(5):
        stranger = IdentityProvider(key=idp.key)
        assert browser_at().post(stranger.response(Says(name_id=cast.mary.user_name))).status_code == 403
    assert published.asked == 1


def test_a_failed_look_leaves_the_certificates(app, cast, browser_at, idp, published):
    connect(app, "acme", idp, metadata_url=published.url)
    published.body = b"<html></html>"
    assert browser_at().post(IdentityProvider(key=key_pair()).response(Says(name_id=cast.mary.user_name))).status_code == 403
    assert published.asked == 1
    assert browser_at().post(idp.response(Says(name_id=cast.mary.user_name))).status_code == 303


def test_certificates_near_their_end_are_marked(app, cast, at):
    idp = IdentityProvider(key=key_pair(days=30))
    connect(app, "acme", idp)
    page = at("acme", cast.grace).open(PAGE)
    assert "28 days left" in page.text
    assert page.page.xpath("//*[contains(@class, 'tone-warning')][contains(., 'days left')]")


def test_our_own_metadata(app, cast, client):
    answer = client("acme").get("/sso/metadata")
    assert answer.mimetype == "application/samlmetadata+xml"
    settings = OneLogin_Saml2_Settings(
        {"sp": {"entityId": "x", "assertionConsumerService": {"url": "http://x.example"}}}, sp_validation_only=True
    )
    assert settings.validate_metadata(answer.data) == []
    assert answer.data == client("acme").get("/sso/metadata").data
    with factories.inside(app, "acme") as ctx:
        assert sso.candidate(ctx) is None
