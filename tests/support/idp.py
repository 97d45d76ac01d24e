"""An identity provider for tests: makes SAML responses, really signed and encrypted, and lets a test bend them on the way.

idp = IdentityProvider()
response = idp.response(Says(acs_url=…, entity_id=…, request_id=…))     # as Okta's: both signed
bent = idp.response(says, before=lambda root: …, after=lambda root: …)   # before or after signing
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import xmlsec
from lxml import etree

from tests.support.certificates import KeyPair, usual_key
from tests.support.says import EMAIL, NS, Element, Says, add, new_id, put, response_element, stamped, tag
from tests.support.signing import TRANSFORMS, Seal, encrypt, sign


class IdentityProvider:
    """Makes responses with one key pair."""

    def __init__(self, issuer: str = "http://www.okta.com/exk1", key: KeyPair | None = None) -> None:
        self.issuer = issuer
        self.key = key or usual_key()
        self.sso_url = "https://acme.okta.example/app/acme_portal_1/exk1/sso/saml"
        self.slo_url = ""

    def metadata(self, *, certificates: list[str] | None = None) -> bytes:
        """Metadata in Okta's shape; `certificates` are bare base64."""
        keys = "".join(
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{NS["ds"]}"><ds:X509Data><ds:X509Certificate>{body}'
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            for body in certificates or [self.key.bare_certificate]
        )
        binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"
        kinds = ("POST", "Redirect")
        services = "".join(f'<md:SingleSignOnService Binding="{binding}{kind}" Location="{self.sso_url}"/>' for kind in kinds)
        ends = "".join(f'<md:SingleLogoutService Binding="{binding}{kind}" Location="{self.slo_url}"/>' for kind in kinds)
        logout = ends if self.slo_url else ""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><md:EntityDescriptor entityID="{self.issuer}" '
            'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"><md:IDPSSODescriptor WantAuthnRequestsSigned="false" '
            f'protocolSupportEnumeration="{NS["samlp"]}">{keys}{logout}<md:NameIDFormat>{EMAIL}</md:NameIDFormat>'
            f"{services}</md:IDPSSODescriptor></md:EntityDescriptor>"
        ).encode()

    def response(
        self,
        says: Says,
        seal: Seal | None = None,
        *,
        before: Callable[[Element], None] | None = None,
        inside: Callable[[Element], None] | None = None,
        after: Callable[[Element], Any] | None = None,
    ) -> bytes:
        """A response as bytes. `before` bends it before signing, `after` afterwards, which may return another root; `inside` bends the
        assertion between its own signature and its encryption."""
        seal, root = seal or Seal(), response_element(replace(says, issuer=self.issuer) if says.issuer == Says.issuer else says)
        if before:
            before(root)
        assertion = root.find("saml:Assertion", NS)
        if assertion is not None and seal.assertion:
            sign(assertion, self.key, seal)
        if assertion is not None and inside:
            inside(assertion)
        if assertion is not None and seal.encrypt_for:
            encrypt(assertion, seal)
        if seal.response:
            sign(root, self.key, seal)
        bent = after(root) if after else None
        content: bytes = etree.tostring(bent if bent is not None else root)
        return content

    def logout_request(self, name_id: str, slo_url: str, *, indexes: tuple[str, ...] = (), **attributes: str) -> Element:
        """A LogoutRequest, unsigned."""
        root = self._message("LogoutRequest", slo_url, attributes)
        add(root, "saml:NameID", name_id)
        for index in indexes:
            add(root, "samlp:SessionIndex", index)
        return root

    def logout_response(self, in_response_to: str, slo_url: str, *, status: str = "Success", **attributes: str) -> Element:
        """A LogoutResponse, unsigned."""
        root = self._message("LogoutResponse", slo_url, {"InResponseTo": in_response_to, **attributes})
        add(add(root, "samlp:Status"), "samlp:StatusCode", Value=f"urn:oasis:names:tc:SAML:2.0:status:{status}")
        return root

    def _message(self, name: str, destination: str, attributes: dict[str, str]) -> Element:
        root = etree.Element(tag(f"samlp:{name}"), nsmap={"samlp": NS["samlp"], "saml": NS["saml"]})
        usual = {"ID": new_id(), "Version": "2.0", "IssueInstant": stamped(datetime.now(UTC)), "Destination": destination}
        put(root, **{**usual, **attributes})
        add(root, "saml:Issuer", self.issuer)
        return root

    def query(self, name: str, message: Element | bytes, relay_state: str = "", *, method: str = "rsa-sha256") -> str:
        """A message as a signed query of the Redirect binding."""
        content = message if isinstance(message, bytes) else etree.tostring(message)
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        fields = {name: base64.b64encode(packer.compress(content) + packer.flush()).decode()}
        uri = f"http://www.w3.org/{'2000/09/xmldsig#' if method == 'rsa-sha1' else '2001/04/xmldsig-more#'}{method}"
        text = urlencode({**fields, **({"RelayState": relay_state} if relay_state else {}), "SigAlg": uri})
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(self.key.key, xmlsec.constants.KeyDataFormatPem)
        signature = context.sign_binary(text.encode(), TRANSFORMS[method])
        return f"{text}&{urlencode({'Signature': base64.b64encode(signature).decode()})}"


def query_fits(query: str, certificate: str) -> bool:
    """Whether a query of the Redirect binding is signed with RSA-SHA256 by a certificate's key, judged by xmlsec."""
    text, _, signature = query.partition("&Signature=")
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
    try:
        context.verify_binary(text.encode(), xmlsec.constants.TransformRsaSha256, base64.b64decode(unquote(signature)))
    except xmlsec.Error:
        return False
    return True


def posted(content: bytes) -> str:
    """A response as the form field that a browser posts."""
    return base64.b64encode(content).decode()


def request_in(location: str) -> tuple[Element, dict[str, str]]:
    """The message in a Redirect-binding URL, and the other fields of its query."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    name = "SAMLRequest" if "SAMLRequest" in query else "SAMLResponse"
    return etree.fromstring(zlib.decompress(base64.b64decode(query.pop(name)), -15)), query
