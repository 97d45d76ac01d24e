"""An identity provider's metadata, read into what a connection needs (SAML metadata §2)."""

from __future__ import annotations

from datetime import datetime

from portal.domain import certificates, sso
from portal.domain.errors import Invalid
from portal.saml.messages import REDIRECT
from portal.saml.xml import NS, BadXml, Element, children, instant, parse, tag, text

LARGEST = 1024 * 1024
_SENTENCES = {
    "too-large": "This is more than 1 MB. Metadata of one app is far smaller.",
    "too-deep": "This is not SAML metadata: it is nested too deep.",
    "doctype": "This declares a document type, which is refused. Use the metadata as Okta gives it.",
    "not-xml": "This is not XML. Use the metadata as Okta gives it.",
}


def read(content: bytes, now: datetime) -> sso.Provider:
    """What the metadata of one identity provider says; raises Invalid with the reason."""
    root = _root(content)
    if root.get("validUntil") is not None:
        _check_until(root.get("validUntil"), now)
    descriptors = [
        item for item in children(root, "md:IDPSSODescriptor") if NS["samlp"] in item.get("protocolSupportEnumeration", "").split()
    ]
    if not descriptors:
        kind = "is of a service provider" if children(root, "md:SPSSODescriptor") else "describes no SAML 2.0 identity provider"
        raise Invalid(f"This metadata {kind}. Use the one from the app's Sign On tab in Okta (it has an IDPSSODescriptor).")
    provider = sso.Provider(
        issuer=root.get("entityID", "").strip(),
        sso_url=_redirect_url(descriptors[0], "md:SingleSignOnService"),
        slo_url=_redirect_url(descriptors[0], "md:SingleLogoutService"),
        certificates=_certificates(descriptors[0]),
        signs_requests=descriptors[0].get("WantAuthnRequestsSigned") in ("true", "1"),
    )
    if not provider.issuer:
        raise Invalid("This metadata names no issuer (entityID).")
    if not provider.sso_url:
        raise Invalid("This metadata has no single sign-on address for the HTTP-Redirect binding.")
    sso.check(provider)
    return provider


def _root(content: bytes) -> Element:
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise Invalid("This is empty. Use the metadata as Okta gives it.")
    if start.startswith((b"<!doctype html", b"<html")):
        raise Invalid(
            "This is a web page, not metadata. Copy the metadata URL from the app's Sign On tab in Okta; it ends with /sso/saml/metadata."
        )
    try:
        root = parse(content, largest=LARGEST, most_elements=20_000)
    except BadXml as error:
        raise Invalid(_SENTENCES[error.code]) from None
    if root.tag == tag("md:EntitiesDescriptor"):
        entities = [item for item in root.iter(tag("md:EntityDescriptor")) if children(item, "md:IDPSSODescriptor")]
        if len(entities) != 1:
            raise Invalid(f"This metadata describes {len(entities)} identity providers. Use the metadata of one app.")
        root = entities[0]
    if root.tag != tag("md:EntityDescriptor"):
        raise Invalid("This is XML, but not SAML metadata (no EntityDescriptor). Use the metadata as Okta gives it.")
    return root


def _check_until(value: str, now: datetime) -> None:
    try:
        ended = instant(value) <= now
    except (ValueError, OverflowError):
        ended = False
    if ended:
        raise Invalid(f"This metadata was valid until {value} only. Download it again from Okta.")


def _redirect_url(descriptor: Element, name: str) -> str:
    found = (item.get("Location", "") for item in children(descriptor, name) if item.get("Binding") == REDIRECT)
    return next(found, "").strip()


def _certificates(descriptor: Element) -> list[str]:
    """The signing certificates as PEM: those of KeyDescriptors for signing, or for every use."""
    signing = [item for item in children(descriptor, "md:KeyDescriptor") if item.get("use") in (None, "signing")]
    bodies = [text(item) for key in signing for item in children(key, "ds:KeyInfo", "ds:X509Data", "ds:X509Certificate")]
    if not bodies:
        raise Invalid("This metadata carries no signing certificate.")
    try:
        return list(dict.fromkeys(certificates.from_base64(body) for body in bodies))
    except Invalid as error:
        raise Invalid(f"A certificate in this metadata cannot be used. {error.message}") from None
