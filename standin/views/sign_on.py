"""The Sign On tab: SAML settings, certificates, and what the product has to know."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from flask import Blueprint, request

from standin import expressions
from standin.apps import App, SignOn, Statement
from standin.ids import KEY, new_id
from standin.keys import new_key, read_certificate
from standin.metadata import slo_path
from standin.people import Invalid
from standin.saml_xml import NAME_ID_FORMATS
from standin.signing import ALGORITHMS
from standin.web import Answer, back_to, find_app, form, org, tab

pages = Blueprint("sign_on", __name__, url_prefix="/admin/app/<name>/instance/<app_id>/sign-on")
ROWS = 6
"""Attribute statements that the form has room for."""


@pages.get("")
def show(name: str, app_id: str) -> Answer:
    """The tab."""
    app = find_app(name, app_id)
    return _tab(app, app.sign_on)


@pages.post("")
def save(name: str, app_id: str) -> Answer:
    """Saves the SAML settings."""
    app = find_app(name, app_id)
    settings = _plain(app.sign_on, form())
    try:
        _check(settings)
    except Invalid as error:
        return _tab(app, settings, str(error)), 422
    app.sign_on = settings
    return back_to(app, "sign_on", "The sign-on settings are saved.")


@pages.post("/keys")
def add_key(name: str, app_id: str) -> Answer:
    """Generates a certificate, inactive at first."""
    app = find_app(name, app_id)
    app.keys.append(new_key(new_id(KEY), "dev-7464750"))
    return back_to(app, "sign_on", "A new certificate is there. It signs nothing until it is activated.")


@pages.post("/keys/<key_id>")
def activate_key(name: str, app_id: str, key_id: str) -> Answer:
    """Makes a certificate the one that signs."""
    app = find_app(name, app_id)
    if key_id in {key.id for key in app.keys}:
        app.sign_on.key_id = key_id
    return back_to(app, "sign_on", "The certificate is active. Metadata shows it from now on.")


def _tab(app: App, settings: SignOn, error: str = "") -> str:
    rows = [*settings.statements, *(Statement("", "") for _ in range(ROWS - len(settings.statements)))]
    return tab(
        app,
        "sign_on",
        settings=settings,
        rows=rows,
        formats=NAME_ID_FORMATS,
        error=error,
        metadata_url=org().url(f"/app/{app.key}/sso/saml/metadata"),
        sso_url=org().url(app.sso_path),
        slo_url=org().url(slo_path(app)),
    )


def _plain(current: SignOn, values: dict[str, str]) -> SignOn:
    pairs = [(values.get(f"name-{row}", ""), values.get(f"value-{row}", "")) for row in range(ROWS)]
    return replace(
        current,
        acs_url=values.get("acs_url", ""),
        audience=values.get("audience", ""),
        name_id_format=values.get("name_id_format", ""),
        username=values.get("username", ""),
        username_custom=values.get("username_custom", ""),
        statements=[Statement(*pair) for pair in pairs if any(pair)],
        relay_state=values.get("relay_state", ""),
        sign_response="sign_response" in values,
        sign_assertion="sign_assertion" in values,
        algorithm=values.get("algorithm", ""),
        encryption_cert=_certificate("encryption_cert", values),
        slo_enabled="slo_enabled" in values,
        slo_url=values.get("slo_url", ""),
        slo_binding="redirect" if values.get("slo_binding") == "redirect" else "post",
        slo_issuer=values.get("slo_issuer", ""),
        slo_cert=_certificate("slo_cert", values),
    )


def _certificate(field: str, values: dict[str, str]) -> str:
    """The uploaded file, else the pasted text."""
    upload = request.files.get(f"{field}_file")
    data = upload.read() if upload else b""
    return data.decode("utf-8", "replace") if data else values.get(field, "")


def _check(settings: SignOn) -> None:
    for label, url in (("Single sign-on URL", settings.acs_url), ("Single logout URL", settings.slo_url)):
        if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname or "_" in url):
            raise Invalid(f"{label}: enter a full URL without an underscore.")
    if settings.name_id_format not in NAME_ID_FORMATS or settings.algorithm not in ALGORITHMS:
        raise Invalid("Choose a Name ID format and a signature algorithm from the lists.")
    if settings.username not in {"email", "username", "custom"}:
        raise Invalid("Choose an application username format from the list.")
    if settings.username == "custom":
        expressions.check(settings.username_custom)
    for statement in settings.statements:
        if not statement.name or not statement.value:
            raise Invalid("Attribute statements: fill in name and value, or leave both empty.")
        expressions.check(statement.value)
    if not settings.sign_response and not settings.sign_assertion:
        raise Invalid("Sign the response, the assertion or both.")
    settings.encryption_cert = read_certificate(settings.encryption_cert)
    settings.slo_cert = read_certificate(settings.slo_cert)
    if settings.slo_enabled and not (settings.slo_url and settings.slo_cert):
        raise Invalid("Single logout needs a single logout URL and the signature certificate.")
