"""Round trips to PostgreSQL beside the driver's own: what is prepared, what is forgotten, and what a refusal leaves."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from portal.trip import Trips
from tests.support.services import postgresql_url

ADD = "INSERT INTO numbers (number) VALUES ($1::INTEGER)"
ALL = "SELECT number FROM numbers ORDER BY number"
EVEN = "SELECT number FROM numbers WHERE number = ANY($1::INTEGER[])"


@pytest.fixture
def driver() -> Iterator[psycopg.Connection]:
    """A connection with an empty table of numbers that no other connection sees."""
    with psycopg.connect(postgresql_url("postgres")) as connection:
        connection.execute("CREATE TEMPORARY TABLE numbers (number INTEGER PRIMARY KEY)")
        connection.commit()
        yield connection


def prepared(driver: psycopg.Connection) -> set[str]:
    found = {row[0] for row in driver.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%numbers%'")}
    driver.commit()
    return found


def test_each_statement_gives_its_own_rows_also_when_it_is_prepared_first(driver):
    trips = Trips(driver)
    for expected in ([(1,)], [(1,), (2,)]):
        added, found, none = trips.make([(ADD, (len(expected),)), (ALL, ()), (EVEN, ([8],))], [("COMMIT", ())])
        assert (added.rowcount, found.fetchall(), none.fetchall(), none.fetchone()) == (1, expected, [], None)
    assert prepared(driver) == {ADD, ALL, EVEN}


def test_a_transaction_begins_with_the_first_and_stays_open_unless_each_is_its_own(driver):
    trips = Trips(driver)
    trips.make([(ADD, (1,))])
    assert driver.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    assert trips.make([(ALL, ())])[0].fetchall() == [(1,)]
    driver.rollback()
    driver.autocommit = True
    trips.make([(ADD, (2,))])
    assert driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert trips.make([(ALL, ())])[0].fetchone() == (2,)


def test_what_the_driver_forgets_with_a_rollback_is_prepared_again(driver):
    trips = Trips(driver)
    trips.make([(ADD, (1,))], [("COMMIT", ())])
    trips.make([(ADD, (2,))])
    driver.rollback()
    assert prepared(driver) == set()
    trips.make([(ADD, (3,))], [("COMMIT", ())])
    assert trips.make([(ALL, ())])[0].fetchall() == [(1,), (3,)]


def test_after_a_refusal_the_connection_is_good_and_knows_what_was_not_prepared(driver):
    trips = Trips(driver)
    trips.make([(ADD, (1,))], [("COMMIT", ())])
    for _ in range(2):
        with pytest.raises(psycopg.errors.UniqueViolation):
            trips.make([(ADD, (2,)), (ADD, (1,)), (ALL, ())], [("COMMIT", ())])
        driver.rollback()
    assert trips.make([(ALL, ())])[0].fetchall() == [(1,)]


def test_a_value_that_cannot_be_sent_is_refused_before_anything_is(driver):
    trips = Trips(driver)
    with pytest.raises(psycopg.DataError):
        trips.make([(ADD, (1,)), ("SELECT $1::VARCHAR", ("a\0b",))])
    assert driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert trips.make([(ALL, ())])[0].fetchall() == []


def test_long_lists_and_connections_that_prepare_nothing_are_planned_each_time(driver):
    trips = Trips(driver)
    trips.make([(EVEN, (list(range(100)),)), (EVEN, (list(range(100)),))], [("COMMIT", ())])
    assert prepared(driver) == set()
    driver.prepare_threshold = None
    trips.make([(EVEN, ([2],)), (ALL, ())], [("COMMIT", ())])
    assert prepared(driver) == set()


def test_only_as_many_as_the_driver_may_keep_are_prepared(driver):
    trips = Trips(driver)
    driver.prepared_max = 3
    for number in range(8):
        trips.make([(ALL + " " * number, ()), (ALL, ())], [("COMMIT", ())])
    kept = prepared(driver)
    assert ALL in kept
    assert len(kept) <= 3


def test_a_server_that_is_gone_is_told_as_the_driver_tells_it(driver):
    trips = Trips(driver)
    with psycopg.connect(postgresql_url("postgres"), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (driver.info.backend_pid,))
    with pytest.raises(psycopg.OperationalError):
        trips.make([(ALL, ()), (ALL, ())])
    assert driver.closed


@pytest.fixture
def shared() -> Iterator[str]:
    """The name of a table that other connections see, too."""
    name = f"trips_{uuid4().hex}"
    with psycopg.connect(postgresql_url("postgres"), autocommit=True) as other:
        other.execute(f"CREATE TABLE {name} (number INTEGER)")
        yield name
        other.execute(f"DROP TABLE {name}")


@pytest.mark.parametrize("autocommit", [True, False])
def test_a_column_that_got_another_type_makes_a_statement_fail_once(driver, shared, autocommit):
    driver.autocommit = autocommit
    trips, statement = Trips(driver), [(f"SELECT number FROM {shared}", ())]  # noqa: S608 - made above
    trips.make(statement)
    driver.rollback()
    trips.make(statement)
    driver.commit()
    with psycopg.connect(postgresql_url("postgres"), autocommit=True) as other:
        other.execute(f"ALTER TABLE {shared} ALTER COLUMN number TYPE BIGINT")
    if autocommit:
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            trips.make(statement)
    else:
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            trips.make([*statement, (ALL, ())])
        driver.rollback()
    assert trips.make(statement)[0].fetchall() == []
    driver.rollback()


def test_a_long_list_is_planned_anew_also_beside_a_short_one(driver):
    trips = Trips(driver)
    trips.make([(EVEN, ([2],)), (EVEN, (list(range(100)),))], [("COMMIT", ())])
    plans = "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement = %s"
    assert driver.execute(plans, (EVEN,)).fetchone() == (1,)
