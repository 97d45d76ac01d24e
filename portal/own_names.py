"""Names that mean something to the portal itself, so that no profile may give them another meaning."""

from __future__ import annotations

# Where the portal's own addresses begin.
PATHS = (
    *("account", "audit-log", "brand", "brand.css", "connected-apps", "groups", "healthz", "integrations", "mass-deactivations", "members"),
    *("metrics", "oauth2", "okta-guide", "provisioning-log", "readyz", "recover", "roles", "scim", "seats", "set-password", "settings"),
    *("sign-in", "sign-out", "static", "subsidiaries", "troubleshooting", "workspaces"),
    *("sso/authorize", "sso/finish", "sso/logout", "sso/metadata", "sso/start"),
)
# Attributes of a SCIM User that are no role, in lower case.
_ATTRIBUTES = {
    *("id", "schemas", "meta", "externalid", "username", "name", "displayname"),
    *("title", "usertype", "active", "emails", "groups", "password"),
}


def is_own_path(path: str) -> bool:
    """Whether the portal has pages at this path or below."""
    return any(f"{path}/".startswith(f"/{own}/") for own in PATHS)


def is_own_attribute(name: str) -> bool:
    """Whether a User has an attribute of this name, in any letter case, that is no role."""
    return name.lower() in _ATTRIBUTES
