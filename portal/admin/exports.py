"""Exports: CSV and JSON Lines, sent as a stream, so that a log of any length needs little memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Response, abort, g, stream_with_context
from sqlalchemy.orm import Session

Row = dict[str, Any]
# A cell that begins like a formula is run by spreadsheet programs (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def respond(kind: str, name: str, columns: list[str], rows: Iterable[Any], described: Callable[[Any], Row]) -> Response:
    """A download of `rows`, each described as a dict of `columns`; `kind` is csv or jsonl, any other answers 404."""
    if kind == "csv":
        body: Iterator[str] = _csv(columns, map(described, rows))
        content_type = "text/csv; charset=utf-8"
    elif kind == "jsonl":
        body = (json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in map(described, rows))
        content_type = "application/x-ndjson; charset=utf-8"
    else:
        abort(404)
    response = Response(stream_with_context(_then_close(body, g.ctx.session)), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{g.workspace.slug}-{name}.{kind}"'
    return response


def _then_close(body: Iterator[str], session: Session) -> Iterator[str]:
    """The stream outlives the request, so it gives the database connection back by itself."""
    try:
        yield from body
    finally:
        session.close()


def _csv(columns: list[str], rows: Iterable[Row]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
