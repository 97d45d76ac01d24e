"""Look-ups: on a connection of their own, for one statement; within a transaction on that of the session."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from portal.extensions import db, look_up, writable
from portal.models import Workspace
from portal.models.prepared import Prepared, first_of_each

NAMES = Prepared(select(Workspace.name, Workspace.created_at))
WRONG = Prepared(select(func.there_is_no_such_function()))


def lent() -> int:
    """How many connections the pool has given away."""
    pool: Any = db.engine.pool
    return int(pool.checkedout())


@pytest.fixture
def looking(app, cast):
    with app.app_context():
        look_up()
        yield db.session()
        db.session.rollback()
        writable()


def test_a_look_up_leaves_the_session_alone_and_gives_its_connection_back(looking):
    assert {row[0] for row in NAMES.all(looking)} == {"Acme", "Globex"}
    first, second = first_of_each(looking, [(NAMES, {}), (NAMES, {})])
    assert first == second
    assert first is not None
    assert first[1] < datetime.now(UTC)
    assert not looking.in_transaction()
    assert lent() == 0


def test_one_that_fails_gives_it_back_too(looking):
    for _ in range(20):  # more than the pool has
        with pytest.raises(DBAPIError):
            WRONG.first(looking)
    assert lent() == 0
    assert NAMES.first(looking)


def test_within_a_transaction_it_sees_what_this_one_wrote(looking):
    writable()
    looking.scalars(select(Workspace).limit(1)).one().name = "Another name"
    looking.flush()
    look_up()
    assert "Another name" in {row[0] for row in NAMES.all(looking)}
