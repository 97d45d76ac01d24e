"""What a workspace is as SAML service provider: the values to copy into Okta, built from settings and profile, never from the request."""

from __future__ import annotations

from flask import current_app

from portal.models import Workspace
from portal.profile import Profile
from portal.web.tenancy import workspace_url


def acs_url(workspace: Workspace) -> str:
    """Where the identity provider posts its responses; Okta's “Single sign-on URL”."""
    return workspace_url(workspace, _profile().saml.acs_path)


def slo_url(workspace: Workspace) -> str:
    """Where single logout requests and responses arrive."""
    return workspace_url(workspace, _profile().saml.slo_path)


def entity_id(workspace: Workspace) -> str:
    """What assertions name as their audience; Okta's “Audience URI (SP Entity ID)”."""
    return _profile().saml.entity_id.replace("{workspace}", workspace_url(workspace, ""))


def metadata_url(workspace: Workspace) -> str:
    """Where the service provider's own metadata is."""
    return workspace_url(workspace, "/sso/metadata")


def _profile() -> Profile:
    profile: Profile = current_app.config["PROFILE"]
    return profile
