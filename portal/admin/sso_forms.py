"""The forms of the SSO and SCIM page, and the three ways to describe an identity provider."""

from __future__ import annotations

from contextlib import closing

from flask import current_app, g
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, StringField, TextAreaField

from portal.domain import certificates, sso
from portal.domain.errors import Invalid
from portal.extensions import db
from portal.web.identity_providers import read_metadata
from portal.web.outbound import LARGEST, CannotFetchError, fetch

METADATA_URL, METADATA_FILE, MANUAL = "metadata_url", "metadata_file", "issuer"


class ConnectionForm(FlaskForm):
    """An identity provider by metadata URL, by metadata file, or by hand."""

    name = StringField("Connection name", default="Okta", description="How people recognize it, where there are two.")
    metadata_url = StringField("Metadata URL", description="In Okta: the app's Sign On tab, Metadata details.")
    metadata_file = FileField("Metadata file")
    issuer = StringField("Issuer", description="In Okta it begins with http://www.okta.com/.")
    sso_url = StringField("Single sign-on URL")
    certificate = TextAreaField(
        "Certificate", description="X.509, from BEGIN CERTIFICATE to END CERTIFICATE; several in a row where Okta changes it."
    )
    allow_idp_initiated = BooleanField("Sign-in may begin at the app's tile in Okta", default=True)
    sign_requests = BooleanField("Sign the requests that are sent to Okta")
    beside = BooleanField("Keep the present connection, too", description="For a move from one identity provider to another without a gap.")

    def choices(self) -> sso.Choices:
        """What the admin decided beside the provider itself."""
        return sso.Choices(
            name=self.name.data or "",
            metadata_url=(self.metadata_url.data or "").strip(),
            allow_idp_initiated=self.allow_idp_initiated.data,
            sign_requests=self.sign_requests.data,
            beside=self.beside.data,
        )

    def provider(self) -> sso.Provider:
        """What the filled-in way says about the identity provider; raises Invalid, whose `field` is to blame."""
        way = self._way()
        if way == METADATA_URL:
            return _blaming(way, fetched((self.metadata_url.data or "").strip()))
        if way == METADATA_FILE:
            with closing(self.metadata_file.data) as upload:
                return _blaming(way, upload.read(LARGEST + 1))
        return sso.Provider(
            issuer=(self.issuer.data or "").strip(),
            sso_url=(self.sso_url.data or "").strip(),
            certificates=self._certificates(),
        )

    def blame(self, error: Invalid) -> None:
        """Puts the sentence beside the field; a private key that was pasted is not sent back."""
        if "PRIVATE KEY" in (self.certificate.data or ""):
            self.certificate.data = ""
        field = error.field if error.field in self._fields else self._way(strict=False)
        self[field].errors = [error.message]

    def _way(self, *, strict: bool = True) -> str:
        by_hand = any((item.data or "").strip() for item in (self.issuer, self.sso_url, self.certificate))
        filled = [
            way
            for way, there in (
                (METADATA_URL, bool((self.metadata_url.data or "").strip())),
                (METADATA_FILE, bool(self.metadata_file.data)),
                (MANUAL, by_hand),
            )
            if there
        ]
        if strict and not filled:
            raise Invalid("Enter the metadata URL, choose the metadata file, or fill in the fields by hand.", field=METADATA_URL)
        if strict and len(filled) > 1:
            raise Invalid("Fill in one of the three: the metadata URL, the metadata file, or the fields by hand.", field=filled[0])
        return filled[0] if filled else METADATA_URL

    def _certificates(self) -> list[str]:
        typed = (self.certificate.data or "").strip()
        return certificates.read(typed) if typed else []


def fetched(url: str) -> bytes:
    """The metadata behind a URL; no transaction stays open meanwhile. Raises Invalid."""
    db.session.commit()
    try:
        return fetch(url, allow_private=current_app.config["SETTINGS"].allow_private_network)
    except CannotFetchError as error:
        raise Invalid(str(error), field=METADATA_URL) from None


def _blaming(field: str, content: bytes) -> sso.Provider:
    try:
        return read_metadata(content, g.ctx.now)
    except Invalid as error:
        raise Invalid(error.message, field=field) from None
