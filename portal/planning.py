"""How statements reach PostgreSQL: which are planned anew each time."""

from __future__ import annotations

from typing import Any

from psycopg import Cursor

# A row's columns are fewer; ids to compare with are more.
_FEW = 64
# A plan for any list is made for about ten entries.
_SHORT = 16


class PlanningCursor(Cursor[Any]):
    """Prepares no statement with a long list: a plan for any values compares each row with each of 500 ids, theirs looks them up.

    All others are prepared once they come again, as the driver does it, and keep their plan where the server finds it no dearer.
    """

    def execute(self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: bool | None = None) -> PlanningCursor:
        """Runs the statement."""
        return super().execute(query, params, prepare=_planned(params, prepare), binary=binary)


def _planned(params: Any, prepare: bool | None) -> bool | None:
    return False if prepare is None and params and has_a_long_list(params) else prepare


def has_a_long_list(params: Any) -> bool:
    """Whether a statement with these values is to be planned for them."""
    given = params.values() if isinstance(params, dict) else params
    if len(params) > _FEW:
        return True
    # Few statements have a list at all, which is told without a step of Python for each value.
    return list in map(type, given) and any(len(value) > _SHORT for value in given if type(value) is list)
