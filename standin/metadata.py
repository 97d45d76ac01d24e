"""IdP metadata: public, with the active certificate only."""

from __future__ import annotations

from lxml import etree

from standin.apps import App
from standin.org import Org
from standin.saml_xml import DS, MD, NAME_ID_FORMATS, POST, REDIRECT, SAMLP, child, serialize


def metadata(org: Org, app: App) -> bytes:
    """The metadata document of an app."""
    root = etree.Element(f"{{{MD}}}EntityDescriptor", {"entityID": app.issuer}, nsmap={"md": MD})
    idp = child(root, MD, "IDPSSODescriptor", WantAuthnRequestsSigned="false", protocolSupportEnumeration=SAMLP)
    descriptor = child(idp, MD, "KeyDescriptor", use="signing")
    info = etree.SubElement(descriptor, f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    child(child(info, DS, "X509Data"), DS, "X509Certificate", app.key_in_use.certificate_body)
    if app.sign_on.slo_enabled:
        for binding in (POST, REDIRECT):
            child(idp, MD, "SingleLogoutService", Binding=binding, Location=org.url(slo_path(app)))
    for name in dict.fromkeys((app.sign_on.name_id_format, "unspecified", "emailAddress")):
        child(idp, MD, "NameIDFormat", NAME_ID_FORMATS[name])
    for binding in (POST, REDIRECT):
        child(idp, MD, "SingleSignOnService", Binding=binding, Location=org.url(app.sso_path))
    return serialize(root)


def slo_path(app: App) -> str:
    """Where an app's sign-out begins."""
    return f"/app/{app.name}/{app.key}/slo/saml"
