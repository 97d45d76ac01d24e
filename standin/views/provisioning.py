"""The Provisioning tab: Integration, To App, and the role attribute of the Profile Editor."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from flask import Blueprint

from standin import role_attribute
from standin.apps import App, Integration, RoleAttribute, ToApp
from standin.people import Invalid
from standin.provisioning import probe
from standin.remote import RemoteError
from standin.views.consent import start
from standin.web import Answer, back_to, find_app, form, org, tab

pages = Blueprint("provisioning", __name__, url_prefix="/admin/app/<name>/instance/<app_id>/provisioning")


@pages.get("")
def show(name: str, app_id: str) -> Answer:
    """The tab."""
    app = find_app(name, app_id)
    return _tab(app, app.integration)


@pages.post("/integration")
def integrate(name: str, app_id: str) -> Answer:
    """Tests, saves, or begins the consent flow: the button pressed says which."""
    app, values = find_app(name, app_id), form()
    draft = _read(app, values)
    try:
        _check(draft)
        if values.get("do") == "authenticate":
            app.integration = replace(draft, enabled=app.integration.enabled)
            return start(app)
        said = _probe(app, draft) if draft.enabled or values.get("do") == "test" else "API integration is off: nothing will be sent."
    except (Invalid, RemoteError) as error:
        return _tab(app, draft, error=_blame(error)), 422
    if values.get("do") == "test":
        return _tab(app, draft, notice=said)
    app.integration = replace(draft, grant=draft.new_grant or draft.grant, new_grant=None)
    return back_to(app, "provisioning", f"The integration is saved. {said}")


@pages.post("/to-app")
def to_app(name: str, app_id: str) -> Answer:
    """Saves what may be sent; Okta sends the probe again."""
    app, values = find_app(name, app_id), form()
    app.to_app = ToApp("create" in values, "update" in values, "deactivate" in values)
    try:
        said = _probe(app, app.integration) if app.integration.enabled else ""
    except RemoteError as error:
        return back_to(app, "provisioning", error=_blame(error))
    return back_to(app, "provisioning", f"The settings are saved. {said}".strip())


@pages.post("/role")
def role(name: str, app_id: str) -> Answer:
    """Saves the role attribute."""
    app, values = find_app(name, app_id), form()
    listed = values.get("values", "").replace(",", "\n").split("\n")
    try:
        external = role_attribute.check(values.get("external_name", ""))
    except Invalid as error:
        return _tab(app, app.integration, error=str(error)), 422
    options = [item.strip() for item in listed if item.strip()]
    scope = "personal" if values.get("scope") == "personal" else "group"
    app.role = RoleAttribute(external, values.get("namespace", ""), options, scope)
    return back_to(app, "provisioning", "The role attribute is saved.")


def _tab(app: App, integration: Integration, *, notice: str = "", error: str = "") -> str:
    return tab(app, "provisioning", integration=integration, notice=notice, error=error)


def _read(app: App, values: dict[str, str]) -> Integration:
    current = app.integration
    return replace(
        current,
        enabled="enabled" in values,
        base_url=values.get("base_url", ""),
        auth=values["auth"] if values.get("auth") in app.kind.auths else current.auth,
        token=values.get("token") or current.token,
        authorize_url=values.get("authorize_url", current.authorize_url),
        token_url=values.get("token_url", current.token_url),
        client_id=values.get("client_id", current.client_id),
        client_secret=values.get("client_secret") or current.client_secret,
        import_groups="import_groups" in values,
        plus_for_space="plus_for_space" in values,
    )


def _check(draft: Integration) -> None:
    base = urlsplit(draft.base_url)
    if draft.base_url and (base.scheme not in {"http", "https"} or not base.hostname or "_" in draft.base_url):
        raise Invalid("Base URL: enter a full URL without an underscore.")
    if draft.auth == "oauth":
        for label, url in (("Authorize endpoint", draft.authorize_url), ("Token endpoint", draft.token_url)):
            if urlsplit(url).scheme not in {"http", "https"}:
                raise Invalid(f"{label}: enter a full URL.")


def _probe(app: App, draft: Integration) -> str:
    """Sends the probe with what is in the form, saved or not; the sentence about it."""
    if not draft.base_url:
        raise Invalid("Enter the base URL.")
    if draft.auth == "oauth" and not (draft.new_grant or draft.grant):
        raise Invalid(f"Authenticate with {app.label} first.")
    trial = replace(app, integration=draft)
    try:
        probe(org(), trial)
    finally:
        app.failure = trial.failure
    return f"{app.label} was verified: it answered the test."


def _blame(error: Exception) -> str:
    if not isinstance(error, RemoteError):
        return str(error)
    kind = "Authorization failure. " if error.status in (401, 403) else ""
    return f"{kind}Error authenticating: {error}"
