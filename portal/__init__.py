"""Workspace Portal: the admin portal, SAML service provider, OAuth server and SCIM server of a SaaS product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from flask import Flask

from portal.config import ROOT, Settings, load_settings
from portal.domain.texts import fold
from portal.extensions import csrf, db, limiter, migrate, prepare_postgresql, prepare_sqlite
from portal.models import pipeline
from portal.profile_file import load_profile
from portal.vault import Vault
from portal.web.application import Application

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """The application; raises SettingsError or ProfileError rather than start half-configured."""
    settings = settings or load_settings()
    profile = load_profile(settings.profile)
    app = Application(__name__, root_path=str(ROOT), instance_path=settings.instance_path)
    _configure(app, settings)
    app.config.update(SETTINGS=settings, PROFILE=profile, VAULT=Vault(settings.keys))
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "portal" / "migrations"))
    csrf.init_app(app)
    limiter.init_app(app)
    with app.app_context():
        prepare_sqlite(db.engine, {"fold": fold})
        prepare_postgresql(db.engine)
        pipeline.prepare(db.engine)
    _register(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    Path(settings.instance_path).mkdir(parents=True, exist_ok=True)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        SESSION_COOKIE_NAME=("__Host-" if settings.https else "") + "portal-state",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        # Pages whose address holds a secret send no Referer; the token in the form and SameSite cookies are the protection.
        WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        # A Redis that hangs must not hold up who signs in.
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 1, "socket_timeout": 1} if settings.redis_url else {},
    )


# The connection used last has prepared most of what comes next; `prepare_postgresql` rolls back where there is something to.
_POSTGRESQL = {"pool_use_lifo": True, "pool_reset_on_return": None}


def _engine_options(settings: Settings) -> dict[str, Any]:
    return {
        # Parameters are people's data: errors that reach a log show statements without them.
        "hide_parameters": True,
        "json_serializer": _json,
        **(_POSTGRESQL if settings.sqlalchemy_url.startswith("postgresql") else {}),
    }


def _json(value: Any) -> str:
    """The text of a column of JSON: SQLAlchemy's own takes ten times as long."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _register(app: Flask) -> None:
    from portal import admin, oauth, saml, scim, web

    web.init_app(app)
    for boundary in (admin, saml, oauth, scim):
        boundary.init_app(app)
