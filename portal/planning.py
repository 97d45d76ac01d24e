"""How statements reach PostgreSQL: which are planned anew each time, and which are sent together."""

from __future__ import annotations

from collections import deque
from typing import Any

from psycopg import Cursor
from psycopg.adapt import Transformer

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

    def enqueue(self, query: Any, params: Any = None) -> None:
        """Adds the statement to the connection's pipeline, to be sent when the pipeline ends; from then on the cursor has its rows.

        The driver's own `execute` sends each by itself, and begins a transaction in a round trip of its own; this one begins none.
        """
        self._reset()
        self._tx = Transformer(self)
        deque(self._maybe_prepare_gen(self._convert_query(query, params), prepare=_planned(params, None)), maxlen=0)
        pipeline = self._conn._pipeline
        while pipeline is not None and pipeline.command_queue:
            pipeline.command_queue.popleft()()


def _planned(params: Any, prepare: bool | None) -> bool | None:
    return False if prepare is None and params and _has_a_long_list(params) else prepare


def _has_a_long_list(params: Any) -> bool:
    given = params.values() if isinstance(params, dict) else params
    return len(params) > _FEW or any(type(value) is list and len(value) > _SHORT for value in given)
