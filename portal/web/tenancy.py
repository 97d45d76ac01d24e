"""From the Host header to the workspace, in one hook; any other host answers 421."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, abort, current_app, g
from sqlalchemy import select

from portal.config import Settings
from portal.domain.actors import Actor
from portal.domain.context import Context
from portal.extensions import db
from portal.models import Workspace
from portal.web.errors import UnknownWorkspace
from portal.web.logs import name_workspace
from portal.web.proxies import the_app, the_g, the_request

BARE, API, WORKSPACE = "bare", "api", "workspace"


def init_app(app: Flask) -> None:
    """Resolves each request's host before anything else of a workspace runs."""
    app.extensions["own-tenancy"] = set()
    app.before_request(resolve_host)


def resolve_host() -> None:
    """Sets `g.site` to bare (also `app.`), api or workspace, and `g.workspace`; aborts with 421 on a host that is not ours."""
    kept, asked, app = the_g(), the_request(), the_app()
    kept.site, kept.slug, kept.workspace, kept.ctx = BARE, None, None, None
    settings: Settings = app.config["SETTINGS"]
    host = _hostname(asked.host)
    if host in (settings.base_domain, f"app.{settings.base_domain}"):
        return
    slug, _, rest = host.partition(".")
    if not slug or rest != settings.base_domain or not slug.isascii():
        abort(421)
    if slug == "api":
        kept.site = API
        return
    kept.site, kept.slug = WORKSPACE, slug
    if asked.endpoint in ("static", "health.brand", "health.logo"):
        return
    if asked.blueprint in app.extensions["own-tenancy"] and asked.method != "OPTIONS":
        return
    load_workspace(slug)


def leave_to(app: Flask, blueprint: str) -> None:
    """Lets the guards of a blueprint's views open the workspace of `g.slug` themselves, together with what they check."""
    app.extensions["own-tenancy"].add(blueprint)


def load_workspace(slug: str) -> None:
    """Sets `g.workspace` and `g.ctx`; raises UnknownWorkspace."""
    g.workspace = db.session.scalar(select(Workspace).where(Workspace.slug == slug))
    if g.workspace is None:
        raise UnknownWorkspace(slug)
    name_workspace(slug)
    g.ctx = context_for(g.workspace)


def context_for(workspace: Workspace, actor: Actor | None = None) -> Context:
    """The context of this request for `workspace`, acting as nobody yet unless an actor is known."""
    actor = actor or Actor("system", "Visitor", ip=client_ip(), request_id=the_g().get("request_id", ""))
    return Context(db.session(), workspace, the_app().config["PROFILE"], actor, now())


def workspace_url(workspace: Workspace, path: str = "/") -> str:
    """The absolute URL of `path` in a workspace; built from the settings, never from the request."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.url(workspace.slug, path)


def typed_slug(typed: str) -> str:
    """What somebody typed as their workspace, whole addresses too, reduced to the subdomain."""
    settings: Settings = current_app.config["SETTINGS"]
    host = typed.strip().lower().removeprefix("https://").removeprefix("http://").split("/")[0].split(":")[0]
    return host.removesuffix("." + settings.base_domain)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def client_ip() -> str:
    """The caller's address; forwarded headers count only behind configured proxies."""
    return (the_request().remote_addr or "")[:45]


def _hostname(host: str) -> str:
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()
