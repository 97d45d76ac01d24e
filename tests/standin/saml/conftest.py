"""What the tests of SAML ask for."""

from __future__ import annotations

import pytest

from standin.apps import App, Assignment, Statement
from standin.keys import SigningKey, new_key
from standin.people import Person


@pytest.fixture
def app(catalog: App, ada: Person) -> App:
    """The catalog app with Ada assigned, and its role sent along."""
    catalog.people[ada.id] = Assignment(ada.id, role="maker")
    catalog.sign_on.statements.append(Statement("pb_role", "appuser.role"))
    catalog.sign_on.statements.append(Statement("division", "user.division"))
    return catalog


@pytest.fixture(scope="session")
def sp_key() -> SigningKey:
    """The product's own key."""
    return new_key("sp", "the product")
