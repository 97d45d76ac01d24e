"""A connection for one statement that needs no transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine


class Look:
    """As much of SQLAlchemy's Connection as `portal.models.pipeline` asks for; making a whole one takes as long as the statement.

    It comes from the pool, with the events that belong to that, and goes back at the end of its `with`. Raises SQLAlchemy's errors.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine, self.dialect = engine, engine.dialect
        try:
            self.connection: Any = engine.raw_connection()
        except engine.dialect.loaded_dbapi.Error as error:
            Connection._handle_dbapi_exception_noconnection(error, engine.dialect, engine)

    @property
    def info(self) -> dict[str, Any]:
        """What is kept with the driver's connection as long as it lives."""
        return self.connection.info  # type: ignore[no-any-return]

    def __enter__(self) -> Look:
        return self

    def __exit__(self, *_error: object) -> None:
        self.connection.close()

    def _handle_dbapi_exception(self, *about: Any) -> None:
        """Raises SQLAlchemy's error for the driver's; gives up the pool's connections when the server was lost."""
        Connection(self.engine, connection=self.connection)._handle_dbapi_exception(*about)
