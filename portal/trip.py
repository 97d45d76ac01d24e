"""A round trip to PostgreSQL: statements sent together, their results read together.

The driver makes a cursor, a query and some twenty calls of each statement, which takes as long as the server does. Here its own libpq is
asked, for statements whose text comes again and again: each connection prepares them once, under names that the driver keeps, and
forgets, with those of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from itertools import islice
from typing import Any

from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.generators import execute, fetch_many, pipeline_communicate
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from portal.planning import has_a_long_list

Statement = tuple[str, Sequence[Any]]
"""A text with $1, $2 … for its values, and these."""
# libpq gives numbers; the driver's names for them take longer to compare with.
_IDLE, _OK, _FAILED = int(TransactionStatus.IDLE), int(ConnStatus.OK), int(ExecStatus.FATAL_ERROR)
_TEXT = [PyFormat.TEXT] * 1000
_BEGIN: Statement = ("BEGIN", ())


class Rows:
    """What a statement gave, asked for as a cursor is."""

    __slots__ = ("_result", "_transformer")

    def __init__(self, transformer: Any, result: Any) -> None:
        self._transformer, self._result = transformer, result

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Every row."""
        self._transformer.set_pgresult(self._result)
        rows: list[tuple[Any, ...]] = self._transformer.load_rows(0, self._result.ntuples, tuple)
        self._transformer.set_pgresult(None)  # or the connection would keep it
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        """The first row, or None."""
        if not self._result.ntuples:
            return None
        self._transformer.set_pgresult(self._result)
        row: tuple[Any, ...] = self._transformer.load_row(0, tuple)
        return row

    @property
    def rowcount(self) -> int:
        """How many rows were changed, or found."""
        return self._result.command_tuples or 0

    def close(self) -> None:
        """Nothing is open."""


class Trips:
    """The round trips of one of the driver's connections."""

    def __init__(self, driver: Any) -> None:
        self._driver: Any = driver
        self._transformer: Any = Transformer(driver)

    def make(self, statements: Sequence[Statement], ends: Sequence[Statement] = ()) -> list[Rows]:
        """What each statement gave, in the transaction under way or in one that begins with the first; `ends` come last.

        Raises the driver's errors; what comes after a statement that failed was not run. All of them are prepared anew then: a column that
        a migration gave another type makes a statement fail for as long as its name is used.
        """
        driver = self._driver
        if driver._prepared._to_flush:
            driver.wait(driver._prepared.maintain_gen(driver))
        begin = [_BEGIN] if not driver.autocommit and driver.pgconn.transaction_status == _IDLE else []
        every = [*begin, *statements, *ends]
        # Values that cannot be sent are refused here, before anything is.
        sent = [self._transformer.dump_sequence(values, _TEXT[: len(values)]) for _, values in every]
        name = self._known(every[0][0]) if len(every) == 1 and not has_a_long_list(every[0][1]) else None
        try:
            results = self._alone(name, sent[0]) if name else self._together(every, sent)
        except errors.Error:
            self._forget(every)
            raise
        return [Rows(self._transformer, result) for result in results[len(begin) : len(begin) + len(statements)]]

    def _alone(self, name: bytes, sent: Sequence[Any]) -> list[Any]:
        self._driver.pgconn.send_query_prepared(name, sent)
        return self._good([self._driver.wait(execute(self._driver.pgconn))])

    def _together(self, every: Sequence[Statement], sent: Sequence[Sequence[Any]]) -> list[Any]:
        driver, new = self._driver, dict[str, bytes]()
        driver.pgconn.enter_pipeline_mode()
        try:
            # Of a statement that is prepared first, the second answer is its result.
            skipped = [self._send(statement, values, new) for statement, values in zip(every, sent, strict=True)]
            answers = iter(self._good(driver.wait(_answers(driver.pgconn, len(every) + len(new)))))
        finally:
            if driver.pgconn.status == _OK:
                driver.pgconn.exit_pipeline_mode()
        for text, name in new.items():
            driver._prepared._names[text] = name
            driver._prepared._rotate()
        return [next(islice(answers, skip, None)) for skip in skipped]

    def _send(self, statement: Statement, sent: Sequence[Any], new: dict[str, bytes]) -> int:
        """Queues the statement, and says how many answers come before its own."""
        (text, values), pgconn, prepared = statement, self._driver.pgconn, self._driver._prepared
        if prepared.prepare_threshold is None or has_a_long_list(values):
            pgconn.send_query_params(text.encode(), sent)
            return 0
        name = self._known(text) or new.get(text)
        prepares = name is None
        if name is None:
            name = new[text] = b"_pg3_%d" % prepared._prepared_idx
            prepared._prepared_idx += 1
            pgconn.send_prepare(name, text.encode())
        pgconn.send_query_prepared(name, sent)
        return int(prepares)

    def _known(self, text: str) -> bytes | None:
        """The name under which the statement was prepared."""
        names = self._driver._prepared._names
        name: bytes | None = names.get(text)
        if name is not None:
            names.move_to_end(text)
        return name

    def _forget(self, every: Sequence[Statement]) -> None:
        prepared = self._driver._prepared
        for name in [prepared._names.pop(text, None) for text, _ in every]:
            if name is not None:
                prepared._to_flush.append(name)

    def _good(self, answers: Sequence[Sequence[Any]]) -> list[Any]:
        """The results in what came; raises the driver's error for the first that is one."""
        results = [result for answer in answers for result in answer]
        for result in results:
            if result.status == _FAILED:
                raise errors.error_from_result(result, encoding=self._driver.pgconn._encoding)
        return results


def _answers(pgconn: Any, expected: int) -> Generator[Any, Any, list[Any]]:
    """Sends what is queued, and waits for the answer to each; the last one says that all have come."""
    answers: list[Any] = yield from pipeline_communicate(pgconn, deque([pgconn.pipeline_sync]))
    while len(answers) <= expected:
        answers.append((yield from fetch_many(pgconn)))
    return answers
