"""What the pool gives out again: a connection on which nothing of the last request is under way."""

from __future__ import annotations

from sqlalchemy import text

from portal.extensions import db


def test_what_was_left_open_is_taken_back_before_the_next_one_gets_the_connection(app):
    with app.app_context():
        engine = db.engine
        engine.dispose()  # earlier tests may have left several, of which another would be next
        left = engine.raw_connection()
        first = left.dbapi_connection
        cursor = left.cursor()
        cursor.execute("BEGIN" if engine.dialect.name == "sqlite" else "SELECT 1")
        cursor.execute("CREATE TABLE left_open (id INTEGER)")
        left.close()
        with engine.connect() as connection:
            assert connection.connection.dbapi_connection is first
            tables = "sqlite_master WHERE name" if engine.dialect.name == "sqlite" else "pg_tables WHERE tablename"
            assert connection.scalar(text(f"SELECT count(*) FROM {tables} = 'left_open'")) == 0  # noqa: S608
