"""What SCIM's tests ask for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

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
