"""What every template can use: the profile, the workspace, the member, the rail, dates and asset URLs."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, url_for

from portal.config import ROOT
from portal.domain.permissions import Permission, permissions_of
from portal.profile import Words

NAV: list[tuple[str, list[tuple[str, str, str, Permission]]]] = [
    ("", [("Home", "home.index", "home", Permission.VIEW_MEMBERS)]),
    (
        "People",
        [
            ("Members", "members.index", "members", Permission.VIEW_MEMBERS),
            ("Groups", "groups.index", "groups", Permission.VIEW_MEMBERS),
            ("Roles", "roles.index", "roles", Permission.VIEW_MEMBERS),
            ("Seats and plan", "seats.index", "seats", Permission.VIEW_MEMBERS),
        ],
    ),
    (
        "Connect",
        [
            ("SSO and SCIM", "sso.index", "sso", Permission.MANAGE_SSO),
            (
                "Integrations",
                "integrations.index",
                "integrations",
                Permission.MANAGE_PROVISIONING,
            ),
            (
                "Connected apps",
                "connected_apps.index",
                "apps",
                Permission.MANAGE_PROVISIONING,
            ),
            ("Okta guide", "guide.index", "guide", Permission.MANAGE_PROVISIONING),
        ],
    ),
    (
        "Watch",
        [
            ("Provisioning log", "provisioning_log.index", "log", Permission.VIEW_LOGS),
            ("Audit log", "audit_log.index", "audit", Permission.VIEW_LOGS),
            (
                "Troubleshooting",
                "troubleshooting.index",
                "troubleshooting",
                Permission.VIEW_LOGS,
            ),
        ],
    ),
]
# Pages of the menu that not every product has -> the feature of the profile that brings them.
_FEATURES = {"groups.index": "groups"}


def init_app(app: Flask) -> None:
    """Adds globals and filters to the template environment."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["asset"] = asset  # macros are imported without context
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    ctx, member = g.get("ctx"), g.get("member")
    return {
        "profile": current_app.config["PROFILE"],
        "logo_url": url_for("health.logo") if current_app.config["PROFILE"].brand.logo else "",
        "workspace": g.get("workspace"),
        "member": member,
        "nav": _nav() if ctx and member else [],
        "request_id": g.get("request_id", ""),
        "may": _may,
        "Permission": Permission,
    }


def _may(permission: Permission | str) -> bool:
    member = g.get("member")
    wanted = Permission[permission] if permission in Permission.__members__ else permission
    return member is not None and wanted in permissions_of(member, g.ctx.profile)


def _nav() -> list[dict[str, Any]]:
    groups = []
    for label, items in NAV:
        shown = [
            {
                "label": wording(text),
                "url": url_for(endpoint),
                "icon": icon,
                "current": (request.endpoint or "").partition(".")[0] == endpoint.partition(".")[0],
            }
            for text, endpoint, icon, permission in items
            if endpoint in current_app.view_functions and _has(endpoint) and _may(permission)
        ]
        if shown:
            groups.append({"label": label, "items": shown})
    return groups


def _has(endpoint: str) -> bool:
    return bool(getattr(g.ctx.profile.features, _FEATURES[endpoint])) if endpoint in _FEATURES else True


def wording(text: str) -> str:
    """What the product calls a page of the menu."""
    words: Words = current_app.config["PROFILE"].words
    own = {"Groups": words.groups.capitalize(), "Members": words.members_page, "SSO and SCIM": words.sso_page}
    return own.get(text, text)


def asset(path: str) -> str:
    """The URL of a static file, with a fingerprint so that browsers may keep it for a year."""
    return url_for("static", filename=path, v=_fingerprint(path))


@cache
def _fingerprint(path: str) -> str:
    file = Path(ROOT) / "static" / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "0"
