"""The cast of the stories, and what tests need in a workspace, made by the domain's own verbs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import Flask

from portal.domain import members, provisioning, sessions, tokens, workspaces
from portal.domain.actors import OPERATOR, Actor
from portal.domain.context import Context, lock
from portal.extensions import db, writable
from portal.models import Member
from portal.vault import hash_password
from tests.support.site import HostClient

PASSWORD = "a password of the cast"


@dataclass(frozen=True)
class Person:
    """A member as stories speak of one; everyone's password is PASSWORD."""

    id: str
    workspace: str
    user_name: str
    given_name: str
    family_name: str
    role: str

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True)
class Cast:
    """The people of acme, and globex's owner, who must never see any of it."""

    ada: Person
    """Ada Lovelace, owner of acme."""
    grace: Person
    """Grace Hopper, admin at acme."""
    alan: Person
    """Alan Turing, maker at acme."""
    mary: Person
    """Mary Shelley, contributor at acme."""
    hank: Person
    """Hank Scorpio, owner of globex."""


def make_cast(app: Flask) -> Cast:
    """Makes acme (10 seats, a plan with SSO and SCIM) and globex with their members; SCIM is off."""
    profile = app.config["PROFILE"]
    admin, default = profile.owner_role, profile.default_role
    paid = next((role.key for role in profile.roles if role.paid and role.key != admin), default)
    with app.app_context():
        writable()
        acme, globex = _workspace(app, "acme", "Acme", seats=10), _workspace(app, "globex", "Globex", seats=10)
        cast = Cast(
            ada=_person(acme, "Ada", "Lovelace", role=admin, owner=True),
            grace=_person(acme, "Grace", "Hopper", role=admin),
            alan=_person(acme, "Alan", "Turing", role=paid),
            mary=_person(acme, "Mary", "Shelley", role=default),
            hank=_person(globex, "Hank", "Scorpio", role=admin, owner=True),
        )
        db.session.commit()
    return cast


@contextmanager
def inside(app: Flask, slug: str, actor: Actor = OPERATOR) -> Iterator[Context]:
    """A workspace's context for domain verbs, under its lock; commits at the end, rolls back on a raise."""
    with app.app_context():
        writable()
        try:
            workspace = workspaces.get(db.session(), slug)
            ctx = Context(db.session(), workspace, app.config["PROFILE"], actor, datetime.now(UTC))
            lock(ctx)
            yield ctx
            db.session.commit()
        finally:
            db.session.rollback()


def make_workspace(app: Flask, slug: str, name: str, *, seats: int | None = None, plan: str | None = None) -> None:
    """A workspace; `plan` is the profile's first one that allows SSO and SCIM unless named."""
    with app.app_context():
        _workspace(app, slug, name, seats=seats, plan=plan)
        db.session.commit()


def _workspace(app: Flask, slug: str, name: str, *, seats: int | None, plan: str | None = None) -> Context:
    profile = app.config["PROFILE"]
    chosen = plan or next(item.key for item in profile.plans if item.sso and item.scim)
    ctx = workspaces.create(db.session(), profile, datetime.now(UTC), OPERATOR, slug=slug, name=name)
    workspaces.set_plan(ctx, chosen)
    workspaces.set_seats(ctx, seats)
    return ctx


def make_person(app: Flask, slug: str, given: str, family: str, *, owner: bool = False, **fields: Any) -> Person:
    """A member `given@<slug>.example` with PASSWORD; `fields` are those of `members.create`."""
    with inside(app, slug) as ctx:
        return _person(ctx, given, family, owner=owner, **fields)


def _person(ctx: Context, given: str, family: str, *, owner: bool = False, **fields: Any) -> Person:
    slug = ctx.workspace.slug
    address = f"{given.lower()}@{slug}.example"
    values = {"user_name": address, "email": address, "given_name": given, "family_name": family, **fields}
    member = members.create(ctx, values, source=values.pop("source", "manual"), owner=owner)
    member.password_hash = _hash()
    return Person(member.id, slug, member.user_name, given, family, member.role)


def sign_in(app: Flask, client: HostClient, person: Person, method: str = "password") -> None:
    """Gives the client a session of the person; the pages of signing in have tests of their own."""
    with inside(app, person.workspace) as ctx:
        secret = sessions.start(ctx, ctx.session.get_one(Member, person.id), method=method)
    settings = app.config["SETTINGS"]
    name = "__Host-portal-session" if settings.https else "portal-session"
    client.set_cookie(name, secret, domain=f"{person.workspace}.{settings.base_domain}")


def enable_scim(app: Flask, slug: str) -> None:
    """Switches SCIM on by the operator's override, without a SAML connection."""
    with inside(app, slug) as ctx:
        ctx.workspace.scim_override = True
        provisioning.switch(ctx, True)


def make_token(app: Flask, slug: str, *, scope: list[str] | None = None, name: str = "Okta") -> str:
    """A header token's secret; all scopes unless named."""
    with inside(app, slug) as ctx:
        return tokens.make(ctx, name=name, scope=scope)[1]


@cache
def _hash() -> str:
    return hash_password(PASSWORD)
