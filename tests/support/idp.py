"""An identity provider for tests: makes SAML responses, really signed and encrypted, and lets a test bend them on the way.

idp = IdentityProvider()
response = idp.response(Says(acs_url=…, entity_id=…, request_id=…))     # as Okta's: both signed
bent = idp.response(says, before=lambda root: …, after=lambda root: …)   # before or after signing
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from uuid import uuid4

import xmlsec
from lxml import etree

from tests.support.certificates import KeyPair, key_pair

Element = Any
NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
TRANSFORMS = {
    "rsa-sha256": xmlsec.constants.TransformRsaSha256,
    "rsa-sha1": xmlsec.constants.TransformRsaSha1,
    "rsa-sha512": xmlsec.constants.TransformRsaSha512,
    "hmac-sha256": xmlsec.constants.TransformHmacSha256,
    "sha256": xmlsec.constants.TransformSha256,
    "sha1": xmlsec.constants.TransformSha1,
    "sha512": xmlsec.constants.TransformSha512,
    "aes128-cbc": xmlsec.constants.TransformAes128Cbc,
    "aes256-cbc": xmlsec.constants.TransformAes256Cbc,
    "aes256-gcm": xmlsec.constants.TransformAes256Gcm,
    "rsa-oaep": xmlsec.constants.TransformRsaOaep,
    "rsa-1_5": xmlsec.constants.TransformRsaPkcs1,
    "3des": xmlsec.constants.TransformDes3Cbc,
}


def usual_key(name: str = "idp.example") -> KeyPair:
    """A key that tests of a run share, since making one takes a while."""
    return _made(name)


_made = cache(key_pair)


@dataclass(frozen=True)
class Says:
    """What a response says; None leaves the element or attribute out."""

    acs_url: str = "http://acme.portal.localhost:5000/users/auth/saml/callback"
    entity_id: str | None = "productboard"
    request_id: str | None = None
    name_id: str | None = "ada@acme.example"
    name_id_format: str = EMAIL
    issuer: str = "http://www.okta.com/exk1"
    response_issuer: str | None = "the same"
    destination: str | None = "the same"
    recipient: str | None = "the same"
    in_response_to: str | None = "the same"
    confirmed_request: str | None = "the same"
    status: str = "Success"
    now: datetime | None = None
    lifetime: timedelta = timedelta(minutes=5)
    session_until: datetime | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    method: str = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    session_index: str = "id-session-1"

    def moment(self) -> datetime:
        """When it is said."""
        return self.now or datetime.now(UTC)


@dataclass(frozen=True)
class Seal:
    """How a response is signed and encrypted."""

    response: bool = True
    assertion: bool = True
    method: str = "rsa-sha256"
    digest: str = "sha256"
    encrypt_for: str = ""
    cipher: str = "aes256-cbc"
    transport: str = "rsa-oaep"


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
        _add(root, "saml:NameID", name_id)
        for index in indexes:
            _add(root, "samlp:SessionIndex", index)
        return root

    def logout_response(self, in_response_to: str, slo_url: str, *, status: str = "Success", **attributes: str) -> Element:
        """A LogoutResponse, unsigned."""
        root = self._message("LogoutResponse", slo_url, {"InResponseTo": in_response_to, **attributes})
        _add(_add(root, "samlp:Status"), "samlp:StatusCode", Value=f"urn:oasis:names:tc:SAML:2.0:status:{status}")
        return root

    def _message(self, name: str, destination: str, attributes: dict[str, str]) -> Element:
        root = etree.Element(_tag(f"samlp:{name}"), nsmap={"samlp": NS["samlp"], "saml": NS["saml"]})
        usual = {"ID": _id(), "Version": "2.0", "IssueInstant": _stamp(datetime.now(UTC)), "Destination": destination}
        _set(root, **{**usual, **attributes})
        _add(root, "saml:Issuer", self.issuer)
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


def response_element(says: Says) -> Element:
    """The response, unsigned."""
    same = {"destination": says.acs_url, "recipient": says.acs_url, "in_response_to": says.request_id, "confirmed_request": says.request_id}
    chosen = {name: value if getattr(says, name) == "the same" else getattr(says, name) for name, value in same.items()}
    stamp = _stamp(says.moment())
    status = f"urn:oasis:names:tc:SAML:2.0:status:{says.status}"
    root = etree.Element(_tag("samlp:Response"), nsmap={"samlp": NS["samlp"], "saml": NS["saml"]})
    _set(root, ID=_id(), Version="2.0", IssueInstant=stamp, Destination=chosen["destination"], InResponseTo=chosen["in_response_to"])
    issuer = says.issuer if says.response_issuer == "the same" else says.response_issuer
    if issuer is not None:
        _add(root, "saml:Issuer", issuer)
    _add(_add(root, "samlp:Status"), "samlp:StatusCode", Value=status)
    if says.status == "Success":
        root.append(_assertion(says, stamp, chosen))
    return root


def _assertion(says: Says, stamp: str, chosen: dict[str, str | None]) -> Element:
    assertion = etree.Element(_tag("saml:Assertion"), nsmap={"saml": NS["saml"]})
    _set(assertion, ID=_id(), Version="2.0", IssueInstant=stamp)
    _add(assertion, "saml:Issuer", says.issuer)
    until = _stamp(says.moment() + says.lifetime)
    subject = _add(assertion, "saml:Subject")
    if says.name_id is not None:
        _add(subject, "saml:NameID", says.name_id, Format=says.name_id_format)
    confirmation = _add(subject, "saml:SubjectConfirmation", Method=says.method)
    data = {"NotOnOrAfter": until, "Recipient": chosen["recipient"], "InResponseTo": chosen["confirmed_request"]}
    _add(confirmation, "saml:SubjectConfirmationData", **data)
    conditions = _add(assertion, "saml:Conditions", NotBefore=_stamp(says.moment() - timedelta(minutes=5)), NotOnOrAfter=until)
    if says.entity_id is not None:
        _add(_add(conditions, "saml:AudienceRestriction"), "saml:Audience", says.entity_id)
    ends = _stamp(says.session_until) if says.session_until else None
    statement = _add(assertion, "saml:AuthnStatement", AuthnInstant=stamp, SessionIndex=says.session_index, SessionNotOnOrAfter=ends)
    password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    _add(_add(statement, "saml:AuthnContext"), "saml:AuthnContextClassRef", password)
    if says.attributes:
        attributes = _add(assertion, "saml:AttributeStatement")
        for name, value in says.attributes.items():
            _add(_add(attributes, "saml:Attribute", Name=name), "saml:AttributeValue", value)
    return assertion


def sign(element: Element, key: KeyPair, seal: Seal) -> None:
    """Signs an element that has an ID; the signature stands after its Issuer."""
    template = xmlsec.template.create(element, xmlsec.constants.TransformExclC14N, TRANSFORMS[seal.method], ns="ds")
    issuer = element.find("saml:Issuer", NS)
    if issuer is None:
        element.insert(0, template)
    else:
        issuer.addnext(template)
    reference = xmlsec.template.add_reference(template, TRANSFORMS[seal.digest], uri=f"#{element.get('ID')}")
    for transform in (xmlsec.constants.TransformEnveloped, xmlsec.constants.TransformExclC14N):
        xmlsec.template.add_transform(reference, transform)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(template))
    xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = _signing_key(key, seal.method)
    context.sign(template)


def _signing_key(key: KeyPair, method: str) -> Any:
    if method.startswith("hmac"):
        # The classic confusion: what everybody knows, the certificate, taken as a shared secret.
        return xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, key.certificate.encode())
    loaded = xmlsec.Key.from_memory(key.key, xmlsec.constants.KeyDataFormatPem)
    loaded.load_cert_from_memory(key.certificate, xmlsec.constants.KeyDataFormatPem)
    return loaded


def encrypt(assertion: Element, seal: Seal) -> None:
    """Puts an EncryptedAssertion in the assertion's place."""
    shell = etree.Element(_tag("saml:EncryptedAssertion"), nsmap={"saml": NS["saml"]})
    assertion.getparent().replace(assertion, shell)
    alone = etree.fromstring(etree.tostring(assertion))
    shell.append(alone)
    data = xmlsec.template.encrypted_data_create(shell, TRANSFORMS[seal.cipher], type=xmlsec.constants.TypeEncElement, ns="xenc")
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    xmlsec.template.encrypted_data_ensure_cipher_value(xmlsec.template.add_encrypted_key(info, TRANSFORMS[seal.transport]))
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(seal.encrypt_for, xmlsec.constants.KeyDataFormatCertPem))
    context = xmlsec.EncryptionContext(manager)
    kind, bits = (xmlsec.constants.KeyDataDes, 192) if seal.cipher == "3des" else (xmlsec.constants.KeyDataAes, int(seal.cipher[3:6]))
    context.key = xmlsec.Key.generate(kind, bits, xmlsec.constants.KeyDataTypeSession)
    context.encrypt_xml(data, alone)


def _tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def _add(parent: Element, name: str, text: str | None = None, **attributes: str | None) -> Element:
    child = etree.SubElement(parent, _tag(name))
    child.text = text
    _set(child, **attributes)
    return child


def _set(element: Element, **attributes: str | None) -> None:
    for name, value in attributes.items():
        if value is not None:
            element.set(name, value)


def _id() -> str:
    return f"id{uuid4().hex}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
