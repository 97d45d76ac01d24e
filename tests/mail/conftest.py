"""What tests of mail ask for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests import factories
from tests.pages import PageClient
from tests.support import site


@pytest.fixture
def portal_with() -> Callable[[Flask, factories.Person], PageClient]:
    """A person signed in to a portal: `portal_with(app, cast.grace)`."""

    def signed_in(app: Flask, person: factories.Person) -> PageClient:
        client = site.client(app, person.workspace)
        factories.sign_in(app, client, person)
        return PageClient(client)

    return signed_in
