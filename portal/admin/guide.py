"""The Okta guide: the configuration guide that Okta asks of an integration, filled in with this workspace's own values."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, g, render_template, request, url_for

from portal.domain import clients, roles
from portal.domain.permissions import Permission
from portal.profile import Profile
from portal.web import service_provider
from portal.web.addresses import oauth_url, scim_base_urls
from portal.web.guards import needs

blueprint = Blueprint("guide", __name__)
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE_11 = "urn:scim:schemas:core:1.0"


@dataclass(frozen=True)
class Kind:
    """A kind of app in Okta: `version` of SCIM it speaks, `oauth` when Okta asks for consent, `patch` when it changes by PATCH."""

    key: str
    name: str
    about: str
    version: str
    oauth: bool = False


def kinds(profile: Profile) -> list[Kind]:
    """The kinds of Okta apps that this product can be connected with."""
    found = []
    if "2.0" in profile.scim.versions and profile.scim.one_step:
        found.append(
            Kind("token", "Catalog app with token", f"{profile.product} from Okta's app catalog, with a token that is pasted.", "2.0")
        )
    if "2.0" in profile.scim.versions:
        found += [
            Kind("catalog", "Catalog app", f"{profile.product} from Okta's app catalog, authorized by consent.", "2.0", oauth=True),
            Kind("custom", "Custom SAML app", "An app integration of your own in Okta, with a header token.", "2.0"),
        ]
    if "1.1" in profile.scim.versions:
        found.append(Kind("scim-11", "SCIM 1.1 app", "SCIM 1.1 Test App (Header Auth) from Okta's app catalog.", "1.1"))
    return found


@blueprint.get("/okta-guide")
@needs(Permission.MANAGE_PROVISIONING)
def index() -> str:
    """The guide for one kind of app; the address says which."""
    profile = g.ctx.profile
    every = kinds(profile)
    usual = next(item for item in every if item.version == profile.scim.versions[0])
    kind = next((item for item in every if item.key == request.args.get("app")), usual)
    return render_template(
        "admin/guide/index.html",
        kind=kind,
        tabs=[{"label": item.name, "url": url_for("guide.index", app=item.key), "current": item == kind} for item in every],
        provider=service_provider,
        base_url=dict(scim_base_urls(g.workspace)).get(kind.version, ""),
        oauth={"authorize": oauth_url("/oauth2/authorize"), "token": oauth_url("/oauth2/token")},
        callbacks=clients.OKTA_CALLBACKS,
        attributes=attributes(profile, kind),
        role=role(profile, kind),
        custom_roles=roles.custom_roles(g.ctx) if profile.features.custom_roles else [],
    )


def attributes(profile: Profile, kind: Kind) -> list[tuple[str, str, str, bool]]:
    """The attribute table: Okta's attribute, external name, external namespace, required or not."""
    namespace = CORE if kind.version == "2.0" else CORE_11
    required = set(profile.scim.required)
    rows = [
        ("userName", "userName", namespace, True),
        ("givenName", "name.givenName", namespace, "givenName" in required),
        ("familyName", "name.familyName", namespace, "familyName" in required),
        ("email", "emails.^[primary==true].value", namespace, "email" in required),
        ("displayName", "displayName", namespace, False),
        ("title", "title", namespace, False),
    ]
    if len(profile.user_types) > 1:
        rows.append(("userType", "userType", namespace, False))
    if kind.version == "2.0":
        rows += [(name, name, ENTERPRISE, False) for name in ("organization", "division", "department")]
        rows.append(("manager", "manager.displayName", ENTERPRISE, False))
    return rows


def role(profile: Profile, kind: Kind) -> tuple[str, str]:
    """External name and namespace of the role attribute, as Okta's profile editor takes them."""
    name = profile.scim.role_attribute
    if name.startswith("roles["):
        name = "roles.^[primary==true].value"
    return name, CORE if kind.version == "2.0" else CORE_11
