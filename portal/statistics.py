"""What SQLite's planner is told of the tables.

Without figures it takes each value of each column for ten rows, also `workspace_id`, and then reads a whole workspace where another index
would lead to one row. Figures of its own making (ANALYZE) would be those of the day they were made, in most cases of an empty database.
So it gets figures of a large workspace, once for every schema; small ones are quick in any way. PostgreSQL counts by itself.
"""

from __future__ import annotations

from sqlalchemy import Connection

_ROWS, _ROWS_OF_PARTIAL = 100_000, 100
# How many values there are of columns that tell few rows apart; of others, one for each five rows.
_VALUES = {
    "workspace_id": 2, "kind": 3, "status": 3, "source": 3, "provisioned": 2, "succeeded": 2, "role": 5, "custom_role_id": 5,
    "operation": 10, "action": 20, "origin": 3, "bucket": 200, "step": 10,
}  # fmt: skip
_VALUES_OF_OTHERS = _ROWS // 5


def teach(connection: Connection) -> None:
    """Writes the figures for every index there is; on SQLite only."""
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql("ANALYZE alembic_version")  # makes the table of figures
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").scalars().all()
    for table in tables:
        for _, index, unique, _, partial in connection.exec_driver_sql(f'PRAGMA index_list("{table}")').fetchall():
            columns = [row[2] for row in connection.exec_driver_sql(f'PRAGMA index_info("{index}")').fetchall()]
            figures = _figures(columns, _ROWS_OF_PARTIAL if partial else _ROWS, unique=bool(unique))
            connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", (table, index, figures))
    connection.exec_driver_sql("ANALYZE sqlite_master")  # makes them count at once


def _figures(columns: list[str | None], rows: int, *, unique: bool) -> str:
    """The number of rows, then how many share the first column, the first two, …: the form of SQLite's sqlite_stat1."""
    left, figures = rows, [rows]
    for at, column in enumerate(columns, 1):
        left = max(1, left // _VALUES.get(column or "", _VALUES_OF_OTHERS))
        figures.append(1 if unique and at == len(columns) else left)
    return " ".join(map(str, figures))
