"""The floor: the least a Flask application can do on the same server and database, to measure the portal against.

`/hello` answers at once, `/read` does one indexed read, `/insert` one committed insert. Started by `bench/scim.py`.
"""

from __future__ import annotations

import os
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import create_engine, event, text

app = Flask(__name__)
engine = create_engine(os.environ["FLOOR_DATABASE_URL"])
SQLITE = engine.dialect.name == "sqlite"

if SQLITE:

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")


@app.get("/hello")
def hello() -> str:
    """No database."""
    return "hello"


@app.get("/read")
def read() -> dict[str, str]:
    """One row by its key."""
    with engine.connect() as connection:
        if SQLITE:
            connection.exec_driver_sql("BEGIN")
        row = connection.execute(text("SELECT id, body FROM floor WHERE id = 'known'")).one()
        connection.rollback()
    return {"id": row.id, "body": row.body}


@app.post("/insert")
def insert() -> tuple[dict[str, bool], int]:
    """One row, committed."""
    with engine.connect() as connection:
        if SQLITE:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.execute(text("INSERT INTO floor (id, body) VALUES (:id, :body)"), {"id": str(uuid4()), "body": "x" * 400})
        connection.commit()
    return {"ok": True}, 201
