"""Addresses that people copy into Okta, built from settings and profile, never from the request."""

from __future__ import annotations

from flask import current_app

from portal.config import Settings
from portal.models import Workspace
from portal.profile import Profile

SCIM_PATHS = {"2.0": "/scim/v2", "1.1": "/scim/v1"}


def scim_base_urls(workspace: Workspace) -> list[tuple[str, str]]:
    """The SCIM base URL for each version that the profile serves: pairs of version and URL, the profile's order."""
    settings: Settings = current_app.config["SETTINGS"]
    profile: Profile = current_app.config["PROFILE"]
    host = "api" if profile.scim.host == "api" else workspace.slug
    return [(version, settings.url(host, SCIM_PATHS[version])) for version in profile.scim.versions]


def oauth_url(path: str) -> str:
    """The absolute URL of an OAuth endpoint, like `/oauth2/token`; all stand on the `app.` host."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.url("app", path)
