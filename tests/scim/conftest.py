"""What SCIM's tests ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from portal.domain import members, workspaces
from portal.domain.actors import Actor
from portal.domain.context import Context
from tests import factories
from tests.scim.okta import Okta, connect


@pytest.fixture
def okta(app: Flask, cast: factories.Cast) -> Okta:
    """Okta, connected to acme, where the cast are members."""
    return connect(app)


@pytest.fixture
def okta_of(make_app: Callable[..., Flask]) -> Callable[[str], Okta]:
    """Okta, connected to acme in a portal of another profile: `okta_of("productive")`; the portal is `.app`."""

    def of(profile: str) -> Okta:
        app = make_app(profile=profile)
        factories.make_cast(app)
        return connect(app)

    return of


@pytest.fixture
def crowd(app: Flask, cast: factories.Cast) -> tuple[Okta, list[str]]:
    """Acme with fifty members from Okta beside the cast, and no limit of seats."""
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, None)
    okta = connect(app)
    with factories.inside(app, "acme", Actor("token", "Okta")) as ctx:
        made = [members.create(ctx, {"user_name": f"p{number}@acme.example", "role": "maker"}, source="scim") for number in range(50)]
        return okta, [member.id for member in made]


@pytest.fixture
def ctx(app: Flask) -> Iterator[Context]:
    """An empty workspace; nothing of it stays."""
    factories.make_workspace(app, "acme", "Acme")
    with factories.inside(app, "acme") as ctx:
        yield ctx
        ctx.session.rollback()
