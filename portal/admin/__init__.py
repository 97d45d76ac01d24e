"""The admin boundary: pages for people, one module for each page family."""

from __future__ import annotations

from flask import Flask

from portal.admin import (
    account,
    audit_log,
    connected_apps,
    finder,
    groups,
    guide,
    home,
    integrations,
    mass_deactivations,
    members,
    passwords,
    provisioning_log,
    recovery,
    roles,
    seats,
    settings,
    sign_in,
    sso,
    subsidiaries,
    troubleshooting,
)

PAGES = (
    finder,
    guide,
    home,
    sign_in,
    passwords,
    integrations,
    mass_deactivations,
    members,
    subsidiaries,
    groups,
    roles,
    seats,
    connected_apps,
    settings,
    sso,
    troubleshooting,
    recovery,
    provisioning_log,
    audit_log,
    account,
)


def init_app(app: Flask) -> None:
    """Registers each page family."""
    for page in PAGES:
        app.register_blueprint(page.blueprint)
